-- Lua functions that travel to other threads and into files although they refer to packages: an upvalue that is a
-- package, or a function of one, goes by its name.
local M = {}

local standard = {'math', 'string', 'table', 'io', 'os', 'debug', 'bit', 'jit', 'ffi', 'coroutine', '_G'}

-- value -> {package} or {package, field}, of the packages that are loaded
local function names()
   local known = {}
   local function add(name)
      local t = package.loaded[name]
      if type(t) ~= 'table' then return end
      for field, v in pairs(t) do
         if type(field) == 'string' and type(v) == 'function' and not known[v] then known[v] = {name, field} end
      end
      known[t] = {name}
   end
   for name in pairs(package.loaded) do
      if not name:find('.', 1, true) then add(name) end
   end
   for _, name in ipairs(standard) do add(name) end
   return known
end

local pack

local function pack_function(f, known, seen)
   if debug.getinfo(f, 'S').what == 'C' then error('a C function that no package has cannot travel to another thread or into a file', 0) end
   if seen[f] then return seen[f] end
   local packed = {code = string.dump(f), upvalues = {}, n = 0}
   seen[f] = packed
   for k = 1, 255 do
      local name, v = debug.getupvalue(f, k)
      if not name then break end
      packed.n = k
      packed.upvalues[k] = pack(v, known, seen)
   end
   return packed
end

pack = function(v, known, seen)
   if known[v or false] then return {known = known[v]} end
   if type(v) == 'function' then return {f = pack_function(v, known, seen)} end
   return {value = v}
end

--- pack(f): f as values that can be written.
function M.pack(f) return pack(f, names(), {}) end

local unpack_value

local function unpack_function(packed)
   if packed.made then return packed.made end
   local f = assert(loadstring(packed.code))
   packed.made = f
   for k = 1, packed.n do debug.setupvalue(f, k, unpack_value(packed.upvalues[k])) end
   return f
end

unpack_value = function(packed)
   if packed.known then
      local name, field = packed.known[1], packed.known[2]
      local t = name == '_G' and _G or require(name)
      if field then return t[field] end
      return t
   end
   if packed.f then return unpack_function(packed.f) end
   return packed.value
end

--- unpack(packed): the function again, or the value.
M.unpack = unpack_value

--- field(object, name): object[name] as it is written; a function, or anything else.
function M.fields(object, names_)
   local copy = {}
   for k, v in pairs(object) do copy[k] = v end
   for _, name in ipairs(names_) do
      if type(copy[name]) == 'function' then copy[name] = M.pack(copy[name]) end
   end
   return copy
end

--- restore(object, fields, names): the reverse.
function M.restore(object, fields, names_)
   for k, v in pairs(fields) do object[k] = v end
   for _, name in ipairs(names_) do
      if type(object[name]) == 'table' and not torch.typename(object[name]) then object[name] = M.unpack(object[name]) end
   end
end

return M
