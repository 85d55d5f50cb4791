--- Functions called with a table of named arguments: unpacking, defaults, usage texts.
--
--    local _, width, name = xlua.unpack({...}, 'draw', 'Draws it',
--       {arg = 'width', type = 'number', help = 'in pixels', req = true},
--       {arg = 'name', type = 'string', help = 'title', default = ''})
local M = {}

-- Text of a default or of a type.
local function note(def)
   if def.req then return '  [REQUIRED]' end
   if def.default ~= nil then return ('  [default = %s]'):format(tostring(def.default)) end
   if def.defaulta ~= nil then return ('  [default == %s]'):format(tostring(def.defaulta)) end
   return ''
end

--- xlua.usage(name, description, example, definitions...) -> string: the text of a function's help: what it does, an
-- example, and its arguments, tables as for xlua.unpack.
function M.usage(name, description, example, ...)
   local lines = {('++++++++++++++++++++++++++++ %s ++++++++++++++++++++++++++++'):format(name)}
   if description and description ~= '' then lines[#lines + 1] = description end
   local width = 0
   for i = 1, select('#', ...) do
      local def = select(i, ...)
      if type(def) == 'table' and def.arg then width = math.max(width, #def.arg) end
   end
   if example then
      lines[#lines + 1] = '\nexample:'
      lines[#lines + 1] = example
   end
   if select('#', ...) > 0 then
      lines[#lines + 1] = ('\n%s{'):format(name)
      for i = 1, select('#', ...) do
         local def = select(i, ...)
         if type(def) == 'table' and def.arg then
            lines[#lines + 1] = ('   %-' .. width .. 's = %-10s -- %s%s'):format(
               def.arg, tostring(def.type or 'any'), def.help or '', note(def))
         else
            lines[#lines + 1] = '   ' .. tostring(type(def) == 'table' and def[1] or def)
         end
      end
      lines[#lines + 1] = '}'
   end
   lines[#lines + 1] = ('+'):rep(#lines[1])
   return table.concat(lines, '\n')
end

-- The values: by name from a single table, or by position.
local function is_named(args, defs)
   local only = args[1]
   if #args ~= 1 or type(only) ~= 'table' then return false end
   if torch and torch.typename and torch.typename(only) then return false end
   for _, def in ipairs(defs) do
      if only[def.arg] ~= nil then return true end
   end
   -- an empty table is a call without arguments; one with a list part is a value
   return next(only) == nil
end

local function missing(name, description, def, defs)
   io.stderr:write(M.usage(name, description, nil, unpack(defs)), '\n')
   error(("%s: argument '%s' is required"):format(name, def.arg), 4)
end

local function gather(args, name, description, defs)
   local named = is_named(args, defs) and args[1]
   local values = {}
   for i, def in ipairs(defs) do
      local value
      if named then value = named[def.arg] else value = args[i] end
      if value == nil then value = def.default end
      if value == nil and def.defaultf then value = def.defaultf() end
      if value == nil and def.defaulta then value = values[def.defaulta] end
      if value == nil and def.req then missing(name, description, def, defs) end
      values[def.arg] = value
   end
   return values
end

--- xlua.unpack(args, name, description, definitions...) -> table, values...: the values of the arguments that a function
-- got, by position or in one table by name, other names being ignored: a table of all by name, then each. A definition
-- has arg (its name), type, help, default (or defaulta: that of another argument), req.
--
-- > _, lr = xlua.unpack({{lr = 0.1}}, 'train', 'trains a net', {arg = 'lr', type = 'number', default = 1})
-- > lr
-- 0.1
function M.unpack(args, name, description, ...)
   local defs = {...}
   local values = gather(args, name, description, defs)
   local list = {}
   for i, def in ipairs(defs) do list[i] = values[def.arg] end
   local function usage() return M.usage(name, description, nil, unpack(defs)) end
   values.usage = setmetatable({}, {__tostring = usage, __call = usage})
   return values, unpack(list, 1, #defs)
end

--- xlua.unpack_class(object, args, name, description, definitions...) -> object: as xlua.unpack, but the values become
-- fields of an object.
function M.unpack_class(object, args, name, description, ...)
   for k, v in pairs(gather(args, name, description, {...})) do object[k] = v end
   return object
end

--- xlua.usage_module(module, name, description) -> module: makes the table of a package print as a list of its functions, with a
-- description.
function M.usage_module(module, name, description)
   local mt = getmetatable(module) or {}
   function mt.__tostring()
      local names = {}
      for k, v in pairs(module) do
         if type(k) == 'string' and type(v) == 'function' then names[#names + 1] = k end
      end
      table.sort(names)
      return M.usage(name, description) .. '\n' .. name .. '.' .. table.concat(names, '\n' .. name .. '.')
   end
   setmetatable(module, mt)
end

return M
