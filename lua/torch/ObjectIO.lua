-- The parts of object reading and writing that are policy: which classes may be made, what a function
-- becomes, CUDA classes on a machine without CUDA. ObjectRead.c and ObjectWrite.c call these.
--
-- Files are data. Bytecode can do anything, even crash the process, so it is never compiled unless
-- the caller asked for it (torch.load(path, mode, {unsafe = true}), file:unsafe()). A function in a
-- file then becomes a torch.UnloadedFunction: old models often carry functions in fields that nobody
-- uses, so they must load; calling one raises, and says how to get the real one; saving one writes
-- the same bytecode again. The exception: what this very process dumped into memory (torch.serialize,
-- a module's clone) may come back, in whichever Lua state, since that code is already here. Functions of installed packages
-- are written by their names (named.lua).
local C = require 'libtorch'
local luaT = require 'luaT'
local named = require 'torch.named'
local torch = torch
local getenv, type, pairs = torch.getenv or debug.getfenv, type, pairs

local TAG = {['nil'] = 0, number = 1, string = 2, table = 3, torch = 4, boolean = 5, ['function'] = 8}
local LEGACY_FUNCTION, LEGACY_RECUR_FUNCTION, RECUR_FUNCTION = 6, 7, 8

---------------------------------------------------------------- functions

local Unloaded = luaT.class('torch.UnloadedFunction', {})

function Unloaded:__call__()
   error(string.format('%sthis function was read from file <%s> and is not loaded, because %s', C.where(), tostring(self.origin),
      tostring(self.why)), 0)
end
function Unloaded:__tostring__() return 'torch.UnloadedFunction from <' .. tostring(self.origin) .. '>' end

local WHY = 'functions are code, and loading is safe by default; if you trust the file, use torch.load(path, mode, {unsafe = true})'

local function allowed(file, code)
   if getenv(file).unsafe then return true end
   return torch.typename(file) == 'torch.MemoryFile' and C.file.isdump(code)
end

local function subtable(env, name)
   local t = env[name]
   if not t then
      t = {}
      env[name] = t
   end
   return t
end

local H = {}

-- Where a value is found that is a package or class; nil for others.
local function place_of(value)
   local place = type(value) == 'table' and named.of_table(value)
   if place then C.file.rememberdump(named.text(place)) end
   return place
end

-- Upvalues as {name=, id=, value=}; equal ids are one variable shared by several functions. Packages and classes have place=
-- instead of a value.
local function upvalues_of(file, f)
   local ids = subtable(getenv(file), 'upvalueRefToId')
   local list = {}
   for i = 1, math.huge do
      local name, value = debug.getupvalue(f, i)
      if not name then break end
      if name == '_ENV' then value = nil end
      local id
      if debug.upvalueid then
         local ref = debug.upvalueid(f, i)
         id = ids[ref]
         if not id then
            id = (ids.n or 0) + 1
            ids.n, ids[ref] = id, id
         end
      end
      local place = place_of(value)
      if place then value = nil end
      list[i] = {name = name, id = id, value = value, place = place}
   end
   return list
end

-- The fields of a stand-in that came from a file as a plain object can be anything.
local function is_whole(stand_in)
   local tag = stand_in.tag
   return type(stand_in.bytecode) == 'string' and type(stand_in.upvalues) == 'table'
      and (tag == LEGACY_RECUR_FUNCTION or tag == RECUR_FUNCTION)
end

--- (file, function or stand-in) -> bytecode, upvalues, tag; nil for what has no bytecode.
function H.dump(file, f)
   if type(f) == 'table' then
      if is_whole(f) then return f.bytecode, f.upvalues, f.tag end
      return nil
   end
   local place = named.of_function(f)
   if not place then
      local ok, code = pcall(string.dump, f)
      if not ok then return nil end
      local upvalues = upvalues_of(file, f)
      place = code == named.code and named.place(upvalues) -- read, but its package was not there
      if not place then
         C.file.rememberdump(code)
         return code, upvalues, RECUR_FUNCTION
      end
   end
   C.file.rememberdump(named.text(place))
   return named.code, named.upvalues(place), RECUR_FUNCTION
end

-- What stands at a place that a file names, or nil: of all that is there a file may choose only what this process has put
-- into one, unless it may hold functions anyway.
local function at_place(file, place)
   return allowed(file, named.text(place)) and named.value(place) or nil
end

local function set_upvalue(file, f, i, upvalue)
   local closures = subtable(getenv(file), 'upvalueIdToClosure')
   local first = upvalue.id and closures[upvalue.id]
   if first and debug.upvaluejoin then
      if not pcall(debug.upvaluejoin, f, i, first[1], first[2]) then
         C.file.corrupt(file, 'read error: upvalue ' .. i .. ' of a function')
      end
      return
   end
   if upvalue.id ~= nil then closures[upvalue.id] = {f, i} end
   local value = upvalue.value
   if type(upvalue.place) == 'table' then value = at_place(file, upvalue.place) end
   debug.setupvalue(f, i, upvalue.name == '_ENV' and _G or value)
end

local function set_upvalues(file, f, upvalues, tag)
   for i, upvalue in pairs(upvalues) do
      if type(i) ~= 'number' or (tag == RECUR_FUNCTION and type(upvalue) ~= 'table') then
         C.file.corrupt(file, 'read error: upvalues of a function')
      end
      if tag == RECUR_FUNCTION then set_upvalue(file, f, i, upvalue)
      else debug.setupvalue(f, i, upvalue) end
   end
end

--- (file, tag, index, bytecode) -> function or stand-in; reads the upvalues. index 0: not shared.
function H.func(file, tag, index, code)
   local f, why = nil, WHY
   if allowed(file, code) then
      f, why = (loadstring or load)(code)
      if f and code:sub(1, 1) ~= '\27' then f, why = nil, 'it is not bytecode' end
      if not f then why = 'its bytecode is not for this Lua (' .. tostring(why) .. ')' end
   end
   local stand_in
   if not f then
      stand_in = torch.factory('torch.UnloadedFunction')()
      stand_in.bytecode, stand_in.origin, stand_in.why = code, C.file.name(file), why
      stand_in.tag = tag == LEGACY_FUNCTION and LEGACY_RECUR_FUNCTION or tag
   end
   if index > 0 then getenv(file).readObjects[index] = f or stand_in end
   local upvalues = file:readObject()
   if type(upvalues) ~= 'table' then C.file.corrupt(file, 'read error: upvalues of a function') end
   local place = code == named.code and named.place(upvalues)
   local real = place and at_place(file, place)
   if type(real) == 'function' then
      if index > 0 then getenv(file).readObjects[index] = real end
      return real
   end
   if f then set_upvalues(file, f, upvalues, tag) else stand_in.upvalues = upvalues end
   return f or stand_in
end

---------------------------------------------------------------- classes

-- CUDA tensors are laid out as their CPU kin.
local function cpu_name(name)
   local kind, what = name:match('^torch%.Cuda(%a*)(Tensor)$')
   if not kind then kind, what = name:match('^torch%.Cuda(%a*)(Storage)$') end
   if not kind then return nil end
   local cpu = 'torch.' .. (kind == '' and 'Float' or kind) .. what
   return torch.getmetatable(cpu) and cpu
end

local function method(mt, name) return mt['__' .. name] or mt[name] end

-- A file between threads whose environment has a list `shared` holds places in that list instead of tensors and storages.
local SHARED = 'torch.Shared'

local function write_place(object, file)
   local list = getenv(file).shared
   list[#list + 1] = object
   file:writeInt(#list)
end

local function is_shared(x, file) return getenv(file).shared and (torch.isTensor(x) or torch.isStorage(x)) end

local function shared_instance(file)
   local list = getenv(file).shared
   local object = list and list[file:readInt()]
   if not object then C.file.corrupt(file, 'read error: a shared object that is not there') end
   return object, function() end
end

--- (file, class) -> new instance, its class's read method or nil
function H.instance(file, class)
   if class == SHARED then return shared_instance(file) end
   local make = torch.factory(class)
   local cpu = not make and cpu_name(class)
   if cpu then make = torch.factory(cpu) end
   if not make then
      local package_ = class:match('^(%a%w*)%.')
      local hint = package_ and package_ ~= 'torch' and not package.loaded[package_]
         and ": try require '" .. package_ .. "' first" or ''
      C.file.corrupt(file, 'unknown Torch class <' .. class:sub(1, 200) .. '>' .. hint)
   end
   local object = make(file)
   local mt = luaT.metaof(object)
   local read = method(mt, 'read')
   if not read and type(object) ~= 'table' then
      C.file.corrupt(file, 'cannot load object of class <' .. class .. '>')
   end
   return object, read
end

--- Gives an object without a read method the fields that were read.
function H.setfields(object, fields, file)
   if type(fields) ~= 'table' then
      C.file.corrupt(file, 'read error: the fields of a ' .. torch.typename(object) .. ' are a ' .. type(fields))
   end
   for k, v in pairs(fields) do object[k] = v end
end

function H.retype(object)
   local cpu = not torch.factory(object._type) and cpu_name(object._type)
   if cpu then object._type = cpu end
end

--- Class name under which x is written to the file, if there is one; 'function' for a stand-in; nil for plain tables.
function H.classify(x, file)
   if file and is_shared(x, file) then return SHARED end
   local mt = luaT.metaof(x)
   if mt == Unloaded then return 'function' end
   local name = torch.typename(x)
   if name and torch.factory(name) then return name end
end

--- (object, file) -> "V version", write method or nil
function H.describe(object, file)
   if is_shared(object, file) then return 'V 1', write_place end
   return 'V ' .. torch.version(object), method(luaT.metaof(object), 'write')
end

--- Tag under which x would be written; nil when it cannot be.
function H.tag(x)
   if x == nil then return TAG['nil'] end
   local class = H.classify(x)
   if class then return class == 'function' and RECUR_FUNCTION or TAG.torch end
   local kind = type(x)
   if kind == 'function' then return (named.of_function(x) or pcall(string.dump, x)) and RECUR_FUNCTION or nil end
   return TAG[kind]
end

--- (file, object, path) -> table of the fields that can be written
function H.fields(_, object, path)
   if type(object) ~= 'table' then
      error(string.format('<%s> is a non-serializable Torch object at %s', torch.typename(object), path), 0)
   end
   local fields, warnings = {}, {}
   for k, v in pairs(object) do
      if H.tag(v) then
         fields[k] = v
      else
         warnings[#warnings + 1] = string.format('$ Warning: cannot write object field <%s> of <%s> %s', tostring(k), torch.typename(object), path)
      end
   end
   table.sort(warnings)
   for _, text in ipairs(warnings) do print(text) end
   return fields
end

C.file.sethooks(H)
return H
