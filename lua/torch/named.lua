-- Functions, packages and classes that go by name in files and between threads: what a function refers to is written with it,
-- and of what belongs to an installed package the name is enough. It is looked up again when it is read.
--
-- In a file such a function is one that looks itself up and calls what it finds, so that Torch7 can read it, too; a package or
-- class that is an upvalue is an entry without value, {name =, place = {package =, class =}}.
local luaT = require 'luaT'
local M = {}
local type, next, rawget, getinfo = type, next, rawget, debug.getinfo

local root = getinfo(1, 'S').source:match('^(@.*)torch/named%.lua$') -- of files of packages
local of_luaT = getinfo(luaT.class, 'S').source

local function is_c(f) return getinfo(f, 'S').what == 'C' end
local function is_installed(f) return getinfo(f, 'S').source:sub(1, #root) == root end

local function set(words)
   local t = {}
   for word in words:gmatch('%S+') do t[word] = true end
   return t
end
local standard = set 'math string table io os debug bit jit ffi coroutine package'
local globals = set [[assert collectgarbage dofile error gcinfo getfenv getmetatable ipairs load loadfile loadstring module newproxy next pairs pcall
   print rawequal rawget rawset require select setfenv setmetatable tonumber tostring type unpack xpcall]]

local function package_of(name) return name:match('^[^.]+') end

-- How good a name is for what a package has: 1 of an installed one, 2 of one that is written in C, 3 of Lua's own globals; nil for a
-- module of the user's program.
local function rank(name)
   if name == '_G' then return 3 end
   local folder = root:sub(2)
   if standard[name] or package.searchpath(name, folder .. '?.lua;' .. folder .. '?/init.lua') then return 1 end
   if package.searchpath(name, package.cpath) then return 2 end
end

-- Whether a class is a package's: what luaT gives each one does not count.
local function is_packages_class(mt)
   local factory = rawget(mt, '__factory') or rawget(mt, '__constructor')
   if factory and is_c(factory) then return true end
   for _, f in next, mt do
      if type(f) == 'function' and is_installed(f) and getinfo(f, 'S').source ~= of_luaT then return true end
   end
   return false
end

-- ---- from values to names ----

local function is_before(a, b)
   if a.rank ~= b.rank then return a.rank < b.rank end
   if #a.package ~= #b.package then return #a.package < #b.package end
   for _, part in ipairs{'package', 'class', 'name'} do
      if a[part] ~= b[part] then return (a[part] or '') < (b[part] or '') end
   end
   return false
end

-- The better one of `best` and a place in t, a package or a class.
local function field_of(t, f, best, package_, class)
   for k, v in next, t do
      if v == f and type(k) == 'string' and (package_ ~= '_G' or globals[k]) then
         local found = {package = package_, class = class, name = k, rank = class and 1.5 or rank(package_)}
         if found.rank and (not best or is_before(found, best)) then best = found end
      end
   end
   return best
end

local function find_function(f)
   local best
   for name, t in next, package.loaded do
      if type(name) == 'string' and type(t) == 'table' then best = field_of(t, f, best, name) end
   end
   luaT.each(function(class, mt)
      local found = field_of(mt, f, best, package_of(class), class)
      if found ~= best and is_packages_class(mt) then best = found end
   end)
   return best
end

local known = setmetatable({}, {__mode = 'k'}) -- function -> where it is, or false for what goes as code

--- of_function(f) -> {package =, class =, name =} of a function of an installed package, in its table or in one of its
-- classes; nil for others.
function M.of_function(f)
   local place = known[f]
   if place ~= nil then return place or nil end
   local c = is_c(f)
   if c or is_installed(f) then place = find_function(f) end
   if place or not c then known[f] = place or false end
   return place
end

--- of_table(t) -> {package =, class =} of a table that is an installed package or a class: the constructor table of any, or with
-- meta = true the metatable of a package's; nil for others.
function M.of_table(t)
   local mt = debug.getmetatable(t)
   local later = type(mt) == 'table' and rawget(mt, 'later')
   if type(later) == 'string' then return {package = later} end
   if luaT.isconstructor(t) then
      local class = rawget(getmetatable(t), '__typename')
      return {package = package_of(class), class = class}
   end
   local class = rawget(t, '__typename')
   if type(class) == 'string' and luaT.getmetatable(class) == t then
      return is_packages_class(t) and {package = package_of(class), class = class, meta = true} or nil
   end
   for name, loaded in next, package.loaded do
      if loaded == t and type(name) == 'string' and rank(name) then return {package = name} end
   end
end

-- ---- and back ----

--- text(place) -> string: all of a place, for the list of what this process has dumped.
function M.text(place)
   return table.concat({'by name', tostring(place.package), tostring(place.class), tostring(place.name), tostring(place.meta)}, '\0')
end

--- value(place) -> what is there, or nil: the package is loaded where it is not yet.
function M.value(place)
   local class = place.class
   if type(place.package) ~= 'string' or (class ~= nil and type(class) ~= 'string') then return nil end
   local ok, t = pcall(require, place.package)
   if class then
      t = luaT.getmetatable(class)
      if t and not place.name and not place.meta then return luaT.getconstructortable(class) end
   elseif not ok then
      return nil
   end
   if not place.name then return t end
   return type(t) == 'table' and t[place.name] or nil
end

local source = [[
local package_, class, name
return function(...)
   local t = require(package_)
   if class then t = torch.getmetatable(class) end
   return t[name](...)
end
]]
--- The code of a function that looks itself up; its upvalues are package, class and name.
M.code = string.dump(loadstring(source, '=torch.named')())

--- upvalues(place) -> list: upvalues of such a function, as they are written.
function M.upvalues(place)
   return {{name = 'package_', value = place.package}, {name = 'class', value = place.class}, {name = 'name', value = place.name}}
end

--- place(upvalues) -> place, or nil for upvalues that are none of such a function.
function M.place(upvalues)
   local parts = {}
   for i = 1, 3 do
      local upvalue = upvalues[i]
      parts[i] = type(upvalue) == 'table' and upvalue.value
      if not (type(parts[i]) == 'string' or (i == 2 and not parts[i])) then return nil end
   end
   return {package = parts[1], class = parts[2] or nil, name = parts[3]}
end

return M
