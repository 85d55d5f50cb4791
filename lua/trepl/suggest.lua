--- What may have been meant where a name led to nil: `x:ad(1)` -> did you mean x:add?
local nearest = require 'torch.nearest'

local M = {}

-- Names of v's fields, its class and parents included.
local function names_of(v, methods_only)
   local names = {}
   for name in pairs(require('trepl.completer').fields(v, '', methods_only)) do names[#names + 1] = name end
   return names
end

-- Calls visit(name, value) for the variables of a frame: locals, temporaries (without a name), upvalues.
local function each_variable(level, visit)
   local n = 1
   while true do
      local name, value = debug.getlocal(level + 1, n)
      if not name then break end
      visit(name:match('^[%a_]') and name, value)
      n = n + 1
   end
   local f = debug.getinfo(level + 1, 'f').func
   for i = 1, debug.getinfo(f, 'u').nups do visit(debug.getupvalue(f, i)) end
end

-- The innermost frame of a Lua function, counted from `level`.
local function failing_frame(level)
   while true do
      local info = debug.getinfo(level + 1, 'S')
      if not info then return nil end
      if info.what ~= 'C' then return level end
      level = level + 1
   end
end

-- The names that a function mentions, among them the globals that it uses.
local function constants(f)
   local set, util = {}, require 'jit.util'
   for i = 1, util.funcinfo(f).gcconsts or 0 do
      local k = util.funck(f, -i)
      if type(k) == 'string' then set[k] = true end
   end
   return set
end

-- What the few methods of an object's own class are, for one that has none of that name.
local function own_methods(v)
   local class, names = torch and torch.typename(v) and getmetatable(v), {}
   for name, f in pairs(class or {}) do
      if type(name) == 'string' and name:match('^%l') and name ~= 'new' and type(f) == 'function' then names[#names + 1] = name end
   end
   if #names == 0 or #names > 12 then return nil end
   table.sort(names)
   return ('; methods of %s: %s'):format(torch.typename(v), table.concat(names, ', '))
end

-- The field nearest to `name` of the object in which it was looked for; where that cannot be told, of what the frame has in hand, or of
-- the globals that it mentions.
local function among_fields(level, name, methods_only)
   local best, owner, least = nil, nil, math.huge
   local titles, order = {}, {}
   local known, object = require('trepl.receiver').found(level, name, methods_only)
   local function see(title, v)
      local kind = type(v)
      if known and not rawequal(v, object) then return end
      if v == nil or v == _G or (kind ~= 'table' and kind ~= 'userdata' and not (kind == 'string' and methods_only)) then return end
      if not titles[v] then order[#order + 1] = v end
      titles[v] = titles[v] or title
   end
   each_variable(level, see)
   if known then see(nil, object) end
   if not methods_only then -- a method's object is in hand
      local mentioned = {}
      for title in pairs(constants(debug.getinfo(level, 'f').func)) do mentioned[#mentioned + 1] = title end
      table.sort(mentioned)
      for _, title in ipairs(mentioned) do see(title, rawget(_G, title)) end
   end
   for _, v in ipairs(order) do
      local field, far = nearest(name, names_of(v, methods_only))
      -- of a package and an object in hand that are equally near, a dot leads into the package
      if field and (far < least or far == least and not methods_only and type(v) == 'table' and type(owner) ~= 'table') then
         best, owner, least = field, v, far
      end
   end
   if not best then return nil, known and own_methods(object) or nil end
   local title = titles[owner]
   for name, v in pairs(titles[owner] and {} or _G) do
      if v == owner and (not title or tostring(name) < tostring(title)) then title = name end
   end
   if not title and methods_only then title = torch and torch.typename(owner) or type(owner) end
   return title and title .. (methods_only and ':' or '.') .. best or best
end

local function among_globals(level, name)
   local names = {}
   for k in pairs(_G) do if type(k) == 'string' then names[#names + 1] = k end end
   each_variable(level, function(k) if k then names[#names + 1] = k end end)
   return (nearest(name, names))
end

-- A method that was called with a dot: its `self` is an argument, or missing. level: of the method.
local function colon_hint(message, level, what)
   local info = debug.getinfo(level, 'n')
   local first = debug.getlocal(level, 1)
   if first ~= 'self' or info.namewhat ~= 'field' then return nil end
   if what == 'method' or message:find("local 'self'", 1, true) then
      return ('; methods are called with a colon: net:%s(...)'):format(info.name)
   end
end

-- Packages that set no global of their name.
local locals = {threads = true, onnx = true, data = true, train = true, dist = true, autograd = true}

--- Text to put behind an error message, '' if there is nothing to say. level: of the function that failed.
function M.hint(message, level)
   local what, name = message:match("attempt to %a+ (%a+) '([^']*)' %(a %a+ value%)")
   level = what and failing_frame(level)
   if not level then return '' end
   local colon = colon_hint(message, level + 1, what)
   if colon then return colon end
   if not message:find('(a nil value)', 1, true) then return '' end
   if what == 'global' and message:find('attempt to index', 1, true) and package.searchpath(name, package.path) then
      return (locals[name] and "; %s = require '%s' first" or "; require '%s' first"):format(name, name)
   end
   local meant, others = (require('trepl.elsewhere')[what] or {})[name], nil
   if meant then return '; here it is ' .. meant end
   if what == 'global' then
      meant = among_globals(level + 1, name)
   elseif what == 'method' or what == 'field' then
      meant, others = among_fields(level + 1, name, what == 'method')
   end
   return meant and ('; did you mean %s?'):format(meant) or others or ''
end

--- The same for a module that is not there: the package of ours that has almost that name.
function M.module_hint(message)
   local name = message:match("module '([%w_.]+)' not found:")
   local meant = nearest(name, require('trepl.manual').packages)
   return meant and meant ~= name and ("\ndid you mean require '%s'?"):format(meant) or ''
end

jit.off(true, true)

return M
