-- Classes: a registry of metatables by name, single inheritance, operators that are looked up like
-- methods (__add__, __index__, ...). Instances are tables or userdata whose metatable is the class.
--
-- A class's metatable holds its methods; its own metatable is the parent's, so that look-up walks up, and a class
-- without a parent has none. For tables `__index` of a derived class is the metatable itself, which the JIT compiles
-- to a plain hash look-up; a class with an `__index__` gets a function instead.
--
-- As the operators of Torch7, which are C functions, what calls a method here keeps its frame (no tail calls): code that
-- counts levels finds its caller where it expects it.

local M = {}

local rawget, rawset, type, getmetatable, setmetatable = rawget, rawset, type, getmetatable, setmetatable
local debug_getmetatable = debug.getmetatable

local classes = {}      -- name -> metatable
local constructors = {} -- name -> constructor table
local waiting = {}      -- metatable of a declared class -> the function that defines it
local ctypes = {}       -- number of a C type -> the class of its cdata

-- Lua's registry has every class by name and by metatable, where C (luaL_getmetatable) and other packages look; classes that
-- are only declared, of which there are hundreds, it answers for without having them.
local registry = debug.getregistry()
local function register(name, mt)
   classes[name], registry[name], registry[mt] = mt, mt, name
end
if not getmetatable(registry) then
   setmetatable(registry, {__index = function(_, k)
      if type(k) == 'string' then return classes[k] end
      return waiting[k] and rawget(k, '__typename')
   end})
end

local function returned(...) return ... end -- all results of a call that is no tail call

local operators = {
   __add = 'addition', __sub = 'substraction', __mul = 'multiplication', __div = 'division',
   __mod = 'modulo', __pow = 'power', __concat = 'concat', __lt = 'less-than', __le = 'less-equal',
   __unm = 'negation', __len = 'length', __call = 'call',
}

-- The class metatable of x, or nil.
local function metaof(x)
   local kind = type(x)
   if kind ~= 'table' and kind ~= 'userdata' and kind ~= 'cdata' then return nil end
   if kind == 'cdata' then return ctypes[tonumber(require('ffi').typeof(x))] end
   local mt
   if kind == 'table' then mt = getmetatable(x) else mt = debug_getmetatable(x) end
   if type(mt) == 'table' and rawget(mt, '__typename') then return mt end
end

-- Raises at the line of who called a function of this module.
local function wrong(name, at, arg, expected, got)
   error(string.format('%s: argument #%d (%s): %s expected, got %s', name, at, arg, expected, M.type(got)), 3)
end

--- Name of x's class; nothing when x is no object of one.
function M.typename(...)
   if select('#', ...) == 0 then error('torch.typename: expected a value', 2) end
   local x = ...
   if type(x) == 'table' and rawget(x, '__typename') then return end -- a metatable is no instance
   local mt = metaof(x)
   if mt and (type(x) ~= 'table' or not M.isconstructor(x)) then return mt.__typename end
end

--- Name of x's class, or its Lua type.
function M.type(x)
   return M.typename(x) or type(x)
end

local construct -- what constructor tables do when they are called: the mark of one
function M.isconstructor(x)
   local mt = type(x) == 'table' and debug_getmetatable(x)
   return type(mt) == 'table' and rawget(mt, '__call') == construct
end

local function binary(event)
   local slot, what = event .. '__', operators[event]
   return function(a, b)
      local ma, mb = metaof(a), metaof(b)
      local f = ma and ma[slot] or mb and mb[slot]
      if not f then
         error(string.format('both %s and %s have no %s operator', M.type(a), M.type(b), what), 2)
      end
      local result = f(a, b)
      return result
   end
end

local function lacks(a, event) error(string.format('%s has no %s operator', M.type(a), operators[event]), 3) end

-- The operand alone: LuaJIT gives it twice, for __len where it is built to be compatible with Lua 5.2.
local function unary(event)
   local slot = event .. '__'
   return function(a)
      local f = metaof(a)[slot]
      if not f then lacks(a, event) end
      return returned(f(a))
   end
end

local function call(a, ...)
   local class = type(a) == 'table' and rawget(a, '__typename')
   if class then error(('this is the class %s, as torch.class has returned it; objects are made by %s(...) or its .new(...)'):format(class, class), 2) end
   local f = metaof(a).__call__
   if not f then lacks(a, '__call') end
   return returned(f(a, ...))
end

local function tostring_(x)
   local mt = metaof(x)
   local f = mt.__tostring__
   return f and f(x) or mt.__typename
end

local function eq(a, b)
   local mt = metaof(a)
   local f = mt and mt.__eq__
   if f then return f(a, b) and true or false end
   return M.isequal(a, b)
end

-- __index of a class that has an __index__: that answers (value, true) or (nil, false). Where x is a class derived
-- from this one, a method is looked up.
local function index_shim(mt)
   return function(x, k)
      if type(x) ~= 'table' or not rawget(x, '__typename') then
         local v, found = mt.__index__(x, k)
         if found then return v end
      end
      return mt[k]
   end
end

local function parentof(mt)
   local parent = getmetatable(mt)
   if type(parent) == 'table' and rawget(parent, '__typename') then return parent end
end

local function descends(mt, ancestor)
   repeat
      if mt == ancestor then return true end
      mt = parentof(mt)
   until not mt
   return false
end

-- An __index__ was defined in a class: it and those derived from it get shims.
local function adopt_index(class)
   for _, mt in pairs(classes) do
      if not waiting[mt] and descends(mt, class) then rawset(mt, '__index', index_shim(mt)) end
   end
end

-- __index of a class without a parent. Nothing tells that an __index__ is defined in it, so it is looked for.
local function root_index(mt)
   return function(x, k)
      if rawget(mt, '__index__') then
         adopt_index(mt)
         local v = mt.__index(x, k)
         return v
      end
      return rawget(mt, k)
   end
end

-- Assigning a new field: to an instance (through __newindex__) or, as the parent's metatable is the
-- metatable of mt, defining a method in a class.
local function newindex(x, k, v)
   if type(x) ~= 'table' then
      local f = metaof(x).__newindex__
      if f and f(x, k, v) then return end
      error('the class ' .. metaof(x).__typename .. ' cannot be indexed', 2)
   end
   if rawget(x, '__typename') then -- x is a class
      rawset(x, k, v)
      if k == '__index__' then adopt_index(x) end
      return
   end
   local f = metaof(x).__newindex__
   if f and f(x, k, v) then return end
   rawset(x, k, v)
end

-- The metamethods of operators, the same in all classes.
local metamethods = {}
for event in pairs(operators) do
   metamethods[event] = (event == '__unm' or event == '__len') and unary(event) or binary(event)
end
metamethods.__call = call

-- Makes a class of mt, a table that is empty or was only declared.
local function newclass(name, parent, mt)
   setmetatable(mt, nil)
   mt.__typename, mt.__version, mt.__metatable = name, 1, mt
   for event, f in pairs(metamethods) do mt[event] = f end
   mt.__tostring, mt.__eq = tostring_, eq
   mt.__newindex = newindex
   if parent then
      mt.__index = parent.__index__ and index_shim(mt) or mt
      setmetatable(mt, parent)
   else
      mt.__index = root_index(mt)
   end
   register(name, mt)
   return mt
end

--- Calls f(...), which runs once, without compiling what it does: traces of it would only take time and memory. Returns
-- what pcall returns.
function M.once(f, ...)
   local compiling = jit.status() and pcall(jit.off) -- not within a finalizer, where nothing is compiled anyway
   local ok, result = pcall(f, ...)
   if compiling then jit.on() end
   return ok, result
end

-- Defines a class that has only been declared. Returns whether that was so.
local function define(mt)
   local load = waiting[mt]
   if not load then return false end
   waiting[mt] = nil -- the file looks its class up
   local ok, message = M.once(load, rawget(mt, '__typename'))
   if not ok then
      waiting[mt] = load
      error(message, 0)
   end
   return true
end

--- Registry look-up: the metatable of a class, or nothing.
function M.getmetatable(name)
   local mt = classes[name]
   if type(name) ~= 'string' then wrong('torch.getmetatable', 1, 'name', 'string', name) end
   if mt then define(mt) end
   return mt
end

-- Metamethods of constructor tables.
local function new_method(ctor, k, v) getmetatable(ctor)[k] = v end
function construct(ctor, ...)
   local mt = getmetatable(ctor)
   local make = mt.__constructor or error(mt.__typename .. ' has no constructor', 2)
   local object = make(...)
   return object
end

local function constructor_table(name, mt)
   local ctor = {}
   constructors[name] = ctor
   return setmetatable(ctor, {__index = mt, __newindex = new_method, __call = construct, __metatable = mt})
end

-- What stands where the parent's metatable of a declared class will be, and answers for it, has the class at 1. There are
-- hundreds of them: they share their functions.
local function read_declared(mt, k) if define(mt) then return mt[k] end end
local function write_declared(mt, k, v)
   define(mt)
   mt[k] = v
end
local parent_later = {__index = function(stand_in, k)
   local mt = rawget(stand_in, 1)
   local parent = define(mt) and parentof(mt)
   return parent and parent[k]
end}

--- A class whose file is loaded later: its constructor table stands in the table `owner` at once, and load(name),
-- which must define the class, is called when anything of it is first used. Declaring it again takes back what load had
-- done when it failed.
function M.declare(name, owner, load)
   local mt = classes[name] or {}
   setmetatable(mt, nil)
   for k in pairs(mt) do mt[k] = nil end
   mt.__typename = name
   waiting[mt], classes[name], registry[name], registry[mt] = load, mt, nil, nil
   setmetatable(mt, setmetatable({mt, __index = read_declared, __newindex = write_declared}, parent_later))
   rawset(owner, name:match('([^.]+)$'), constructors[name] or constructor_table(name, mt))
end

--- require, for what is loaded when it is first used: after an error, such as that of Ctrl-C, a next use tries again.
function M.load(module)
   local ok, result = M.once(require, module)
   if ok then return result end
   package.loaded[module] = nil
   error(result, 0)
end

--- A global table whose module is loaded when something of it is first looked up or put into it. The module's file fills
-- this very table: getmetatable(table).later is the name of the module until then.
function M.later(module)
   local loaded = rawget(_G, module) or package.loaded[module]
   if loaded then return loaded end
   local t, mt = {}, {later = module}
   local function load()
      local ok, real = M.once(require, module)
      if not ok then
         package.loaded[module] = nil
         setmetatable(t, mt)
         error(real, 0)
      end
      if real ~= t then setmetatable(t, {__index = real, __newindex = real}) end -- somebody else's module of that name
   end
   function mt.__index(_, k)
      load()
      return t[k]
   end
   function mt.__newindex(_, k, v)
      load()
      t[k] = v
   end
   return setmetatable(t, mt)
end

--- Loads what stands behind a table of `later`; anything else is left as it is.
function M.now(t)
   local mt = type(t) == 'table' and debug_getmetatable(t)
   if type(mt) == 'table' and rawget(mt, 'later') then local _ = t[1] end
   return t
end

--- Sees to it that a class, given its metatable, is defined and not only declared.
M.define = define

-- torch.newmetatable; level: of the line that errors name.
local function newmetatable(level, name, parentname, constructor, destructor, factory, module)
   if type(name) ~= 'string' then error('torch.newmetatable: class name expected, got ' .. type(name), level) end
   local parent
   if parentname then
      parent = M.getmetatable(parentname)
      if not parent then error('parent class ' .. parentname .. ' does not exist', level) end
   end
   local mt = classes[name]
   if mt and not rawget(mt, '__metatable') then -- declared
      waiting[mt] = nil
      newclass(name, parent, mt)
   elseif mt then
      if parent then
         if parentof(mt) then error('class ' .. name .. ' has been already assigned a parent class', level) end
         rawset(mt, '__index', (parent.__index__ or rawget(mt, '__index__')) and index_shim(mt) or mt)
         setmetatable(mt, parent)
      end
   else
      mt = newclass(name, parent, {})
   end
   local function part(field, value, what)
      if value == nil then return end
      if rawget(mt, field) then error(name .. ' has been already assigned a ' .. what, level + 1) end
      rawset(mt, field, value)
   end
   part('__gc', destructor, 'destructor')
   part('__factory', factory, 'factory')
   if constructor then
      part('__constructor', constructor, 'constructor')
      rawset(mt, 'new', constructor)
      local owner = module
      if not owner then
         owner = _G
         for part_ in name:gmatch('([^.]+)%.') do
            owner = rawget(owner, part_) or owner[part_]
            if type(owner) ~= 'table' then error(part_ .. ' is an invalid module name: no table of that name is there to put ' .. name .. ' into', level) end
         end
      end
      local short = name:match('([^.]+)$')
      rawset(owner, short, constructors[name] or constructor_table(name, mt))
   end
   return mt
end

--- torch.newmetatable(name [, parentname, constructor, destructor, factory, module]) -> metatable: defines a class,
-- low-level; all but the name may be nil. A second call may add missing parts.
function M.newmetatable(name, parentname, constructor, destructor, factory, module)
   local mt = newmetatable(3, name, parentname, constructor, destructor, factory, module)
   return mt -- no tail call: errors count levels
end

--- torch.class(name [, parent] [, module]): defines a class whose instances are tables.
-- A new instance is given to __init with the constructor's arguments. Returns the metatable, to
-- which methods are added, and the parent's.
function M.class(...)
   local n, name, parent, module = select('#', ...), ...
   if n == 2 and type(parent) == 'table' then parent, module = nil, parent end
   if type(name) ~= 'string' or (parent ~= nil and type(parent) ~= 'string')
      or (module ~= nil and type(module) ~= 'table') or n > 3 or n < 1 then
      if type(name) ~= 'string' then wrong('torch.class', 1, 'name', 'string', name) end
      if parent ~= nil and type(parent) ~= 'string' then wrong('torch.class', 2, 'parent', 'string or module table', parent) end
      if module ~= nil and type(module) ~= 'table' then wrong('torch.class', 3, 'module', 'table', module) end
      error('torch.class: <class name> [<parent class name>] [<module table>] expected', 2)
   end
   local mt
   local function construct(...)
      local self = setmetatable({}, mt)
      local init = mt.__init
      if init then init(self, ...) end
      return self
   end
   local function factory() return setmetatable({}, mt) end
   if classes[name] and rawget(classes[name], '__factory') then
      error(name .. ' has been already assigned a factory', 2)
   end
   mt = newmetatable(3, name, parent, construct, nil, factory, module)
   return mt, parentof(mt)
end

--- Whether obj is of a class, or of one derived from it: given by its name, a Lua pattern, the constructor table or
-- an object of it.
function M.isTypeOf(obj, spec)
   local mt = metaof(obj)
   if type(obj) == 'table' and M.isconstructor(obj) then mt = nil end
   if type(spec) ~= 'string' then
      local class = type(spec) == 'table' and rawget(spec, '__typename') and spec or metaof(spec)
      spec = class and rawget(class, '__typename')
   end
   if type(spec) ~= 'string' then error('torch.isTypeOf: class name, pattern, constructor or object expected', 2) end
   while mt and rawget(mt, '__typename') do
      local name = mt.__typename
      local match = name:match(spec)
      if match and (match ~= spec or match == name) then return true end
      if name == spec then return true end
      mt = parentof(mt)
   end
   return false
end

function M.factory(name)
   if type(name) ~= 'string' then wrong('torch.factory', 1, 'name', 'string', name) end
   local mt = M.getmetatable(name)
   return mt and rawget(mt, '__factory')
end

--- luaT.each(f): calls f(name, metatable) for every class that is defined, in no order.
function M.each(f)
   for name, mt in pairs(classes) do
      if not waiting[mt] then f(name, mt) end
   end
end

--- torch.getconstructortable(name) -> table: the table that is called to make an object of a class.
function M.getconstructortable(name)
   M.getmetatable(name)
   return constructors[name]
end

--- Gives a plain table the class `name`; returns the table.
function M.setmetatable(t, name)
   if type(t) ~= 'table' and type(t) ~= 'userdata' then wrong('torch.setmetatable', 1, 't', 'table', t) end
   if type(name) ~= 'string' then wrong('torch.setmetatable', 2, 'name', 'string', name) end
   local mt = M.getmetatable(name)
   if not mt then error('unknown typename ' .. tostring(name), 2) end
   debug.setmetatable(t, mt)
   return t
end

--- torch.metatype(name, mt [, ctype]) -> nothing: registers an arbitrary metatable as a class, and the cdata of a C
-- type, which may have a metatable of the FFI, as its objects.
function M.metatype(name, mt, ctype)
   rawset(mt, '__typename', name)
   register(name, mt)
   if ctype then ctypes[tonumber(require('ffi').typeof(ctype))] = mt end
   return mt
end

--- Version of obj's class.
function M.version(obj)
   local mt = metaof(obj)
   return mt and mt.__version or 1
end

--- getenv(f), setenv(f, table): Lua 5.1 environments.
M.getenv, M.setenv = debug.getfenv, debug.setfenv

-- What a cdata points to: a pointer's or reference's target, its own place for a struct.
function M.address(cdata)
   local ffi = require 'ffi'
   return tonumber(ffi.cast('uintptr_t', ffi.cast('void *', cdata)))
end

--- Gives a class of userdata its __index__ and __newindex__, and their metamethods. make(own_index, own_newindex, other_index,
-- other_newindex) returns two functions, index(x, k) -> value and newindex(x, k, v), which call the other ones as soon as
-- a program has put something else in the place of the own ones; make() returns the same without this look.
function M.indexed(mt, make)
   local elements, assign = make()
   function mt.__index__(x, k)
      if type(k) == 'string' then return nil, false end
      return elements(x, k), true
   end
   function mt.__newindex__(x, k, v)
      assign(x, k, v)
      return true
   end
   local with_index, with_newindex = make(mt.__index__, mt.__newindex__, index_shim(mt), newindex)
   rawset(mt, '__index', with_index)
   rawset(mt, '__newindex', with_newindex)
end

M.metaof = metaof
return M
