--- What is in the global table: a list of the user's variables, and a watch on new ones.
local M = {}

local system = {}  -- names that were there before the user came -> their values

--- Names present now count as the system's.
function M.mark_system()
   for k, v in pairs(_G) do system[k] = v end
end
M.mark_system()

--- Was this global there before the session?
function M.is_system(name)
   return system[name] ~= nil
end

--- And is it still what it was?
function M.is_systems(name)
   return M.is_system(name) and rawget(_G, name) == system[name]
end

local function describe(v)
   local class = torch and torch.typename and torch.typename(v)
   if class and class:match('Tensor$') then
      return ('[%s of size %s]'):format(class, v:dim() == 0 and '0' or table.concat(v:size():totable(), 'x'))
   elseif class then
      return ('[%s]'):format(class)
   elseif type(v) == 'table' then
      local n = 0
      for _ in pairs(v) do n = n + 1 end
      return ('[table of %d entries]'):format(n)
   elseif type(v) == 'string' then
      return ('"%s"'):format(#v > 40 and v:sub(1, 37) .. '...' or v)
   end
   return tostring(v)
end

local function list(title, wanted)
   local names = {}
   for k in pairs(_G) do
      if type(k) == 'string' and wanted(k) and not k:match('^_') then names[#names + 1] = k end
   end
   table.sort(names)
   io.write('== ', title, ' ==\n')
   for _, k in ipairs(names) do io.write(('%-20s = %s\n'):format('[' .. k .. ']', describe(rawget(_G, k)))) end
end

--- Prints the user's global variables; who(true) those of the system as well.
function M.who(with_system)
   if with_system then list('System Variables', M.is_system) end
   list('User Variables', function(k) return not M.is_system(k) end)
end

local function place()
   local info = debug.getinfo(3, 'Sl')
   return info and ('%s:%d'):format(info.short_src, info.currentline) or '?'
end

--- Reports global variables at their creation and reads of missing ones. action: nothing to warn on
-- stderr, true to raise an error, or a function that takes the message.
function M.monitor_G(action)
   local report = type(action) == 'function' and action or function(message)
      if action then error(message, 3) end
      io.stderr:write(message, '\n')
   end
   setmetatable(_G, {
      __newindex = function(t, k, v)
         rawset(t, k, v)
         local info = debug.getinfo(2, 'S')
         if info and info.what == 'C' then return end
         report(('created global variable: %s @ %s'):format(tostring(k), place()))
      end,
      __index = function(_, k)
         local info = debug.getinfo(2, 'S')
         if info and info.what == 'C' then return nil end
         report(('attempt to read undeclared variable: %s @ %s'):format(tostring(k), place()))
      end,
   })
end

return M
