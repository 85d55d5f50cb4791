--- torch.File(): what is written and read like a file: torch.DiskFile, torch.PipeFile, torch.MemoryFile.

-- torch.File and its kinds, torch.save and torch.load, torch.serialize and torch.deserialize.
local C, where = require('libtorch').file, require('libtorch').where
local fail = require('torch.arguments').error
local luaT = require 'luaT'
local torch = torch
local getenv = torch.getenv or debug.getfenv

local objects = require 'torch.ObjectIO'

---------------------------------------------------------------- classes

local File = luaT.newmetatable('torch.File')
for name, f in pairs(C.methods) do File[name] = f end
File.readObject, File.writeObject = C.readObject, C.writeObject

local function kind(name, parent, constructor, methods)
   local mt = luaT.newmetatable('torch.' .. name, parent, constructor)
   for k, f in pairs(methods) do mt[k] = f end
   mt.__tostring__ = File.__tostring__
   C.setclass(name, mt)
end
kind('DiskFile', 'torch.File', C.newdisk, C.disk)
kind('PipeFile', 'torch.DiskFile', C.newpipe, {})
kind('MemoryFile', 'torch.File', C.newmemory, C.memory)

--- file:referenced([flag = true]) -> file: whether an object met again is written as a reference or in full.
function File:referenced(flag)
   getenv(self).force = not flag
   return self
end

--- file:isReferenced() -> boolean: whether it is written as a reference.
function File:isReferenced() return not getenv(self).force end

--- file:unsafe([flag = true]) -> file: lets readObject load functions. Only for files you would run as a program.
function File:unsafe(flag)
   getenv(self).unsafe = flag ~= false
   return self
end

--- file:isWritableObject(object) -> number: the tag of the format under which an object would be written; nil when it
-- cannot be.
function File:isWritableObject(object) return objects.tag(object) end

---------------------------------------------------------------- objects as files

-- Raises unless a mode is one, and whatever comes after it, called `name`, is a boolean (or a table).
local function check_mode(what, at, mode, name, flag, tables)
   if mode ~= nil and mode ~= 'binary' and mode ~= 'ascii' and mode ~= 'b32' and mode ~= 'b64' then
      fail(what, at, 'mode', "mode must be 'binary', 'ascii', 'b32' or 'b64', got '%s'", tostring(mode))
   end
   if flag ~= nil and type(flag) ~= 'boolean' and not (tables and type(flag) == 'table') then
      fail(what, at + 1, name, '%s expected, got %s', tables and 'table' or 'boolean', torch.type(flag))
   end
end

local function set_mode(f, mode, what)
   check_mode(what, 2, mode)
   if mode == 'b32' or mode == 'b64' then return f:binary():longSize(mode == 'b32' and 4 or 8) end
   return f[mode or 'binary'](f)
end

-- A message of ours without the place in front of it: that of the caller, or in this package.
local function plain(message)
   if type(message) ~= 'string' then return message end
   local place = where()
   if message:sub(1, #place) == place then return message:sub(#place + 1) end
   return (message:gsub('^[^:\n]*/torch/%a+%.lua:%d+: ', ''))
end

-- The same as an error of `what`, at the caller's line.
local function raise(what, message)
   message = plain(message)
   if type(message) ~= 'string' then error(message, 0) end
   if message:sub(1, #what + 2) ~= what .. ': ' then message = what .. ': ' .. message end
   error(where() .. message, 0)
end

local function open(what, constructor, ...)
   local ok, f = pcall(constructor, ...)
   if not ok then raise(what, f) end
   return f
end

local of_load = {referenced = 'boolean', unsafe = 'boolean', bfloat16 = 'boolean'}
local function check_options(name, options)
   if type(options) == 'table' then require 'torch.checks'().options(name, 3, of_load, options) end
end

-- Options of load and deserialize: a boolean is `referenced`.
local function set_options(f, options)
   if type(options) ~= 'table' then options = {referenced = options} end
   f:referenced(options.referenced ~= false)
   f:unsafe(options.unsafe == true)
end

-- The object in f, which is closed. Errors that do not say where they arose are given a place.
local function read(f, what, name)
   local ok, object = pcall(f.readObject, f)
   local place = string.format('file <%s>, byte offset %.0f', name, f:position() - 1)
   f:close()
   if not ok then
      if type(object) == 'string' then
         object = plain(object)
         if not object:find('byte offset', 1, true) then object = object .. ': ' .. place end
      end
      raise(what, object)
   end
   if torch.typename(object) == 'torch.UnloadedFunction' then
      error(string.format('%s: file <%s> holds a function, which is not loaded, because %s', what, name, tostring(object.why)), 0)
   end
   return object
end

-- Whether the name of a file, or its first bytes, are those of another program's format (docs/files.md), which
-- torch.formats reads. Torch's own begins by one of few small numbers, so most files are known by their first byte.
local foreign_endings = {npy = true, npz = true, safetensors = true, pt = true, pth = true, gguf = true, h5 = true, hdf5 = true, keras = true,
   caffemodel = true, prototxt = true}
local function foreign_name(path) return foreign_endings[(path:match('%.(%w+)$') or ''):lower()] end

local function foreign_file(path)
   local f = io.open(path, 'rb')
   local bytes = f and f:read(64)
   if f and not bytes and f:seek('end') == 0 then raise('torch.load', path .. ': the file is empty') end
   if f then f:close() end
   if not bytes then return false end -- missing, a folder: for torch.load to say
   local first = bytes:byte(1)
   if not foreign_name(path) and (first <= 9 and bytes:byte(2) == 0 or first >= 48 and first <= 57) then return false end
   local format = require('torch.formats').guess(path)
   if not format and not (first <= 9 and bytes:byte(2) == 0) then
      raise('torch.load', ("%s: neither Torch's own format nor one that torch.formats reads%s"):format(path, path:find('%.onnx$') and "; models of ONNX are for the package onnx" or ''))
   end
   return format and format ~= 't7'
end

local function load_foreign(path, options)
   local ok, object = pcall(require('torch.formats').load, path, type(options) == 'table' and options or nil)
   if not ok then raise('torch.load', (plain(object):gsub('^formats%.%a+: ', ''))) end
   return object
end

-- Whether the object was written as what the path's ending names. PyTorch's files have no place for objects such as
-- nets: those are Torch's own, whatever the file is called, as ever.
local function save_foreign(path, object)
   local formats = require 'torch.formats'
   local format = formats.ending(path)
   if not format then
      raise('torch.save', path .. ": files of that kind are read, not written (docs/files.md); with a mode, 'binary', it gets Torch's own format")
   end
   if format == 'pytorch' and not formats.isPlain(object) then return false end
   local ok, why = pcall(formats.save, path, object)
   if not ok then raise('torch.save', (plain(why):gsub('^formats%.save: ', ''))) end
   return true
end

local told = {}

-- Said once for each file.
local function tell_in_place(path)
   if told[path] then return end
   told[path] = true
   io.stderr:write('torch.save: the folder of ', path, ' is not writable: the file is written in place, and lost if the save is interrupted\n')
end

--- torch.save(path, object [, mode='binary' [, referenced=true]]): mode 'ascii' gives text, larger,
-- slower and portable. Without a mode, a path that ends in .npy, .npz or .safetensors gets NumPy's format or that one; so do
-- .pt and .pth with PyTorch's, where the object is tensors, plain values and tables of them (docs/files.md); .gguf and
-- others that are only read are an error. The file appears (or replaces an earlier one) only when it is complete and on
-- the disk. In a folder where no file can be made, one that can be written is written in place, which is
-- said on stderr.
function torch.save(path, object, mode, referenced)
   if type(path) ~= 'string' then fail('torch.save', 1, 'path', 'file name expected, got %s', torch.type(path)) end
   check_mode('torch.save', 3, mode, 'referenced', referenced)
   if mode == nil and foreign_name(path) and save_foreign(path, object) then return end
   local f = open('torch.save', C.newreplacing, path)
   if C.inplace(f) then tell_in_place(path) end
   local ok, why = pcall(function()
      set_mode(f, mode, 'torch.save')
      f:referenced(referenced ~= false)
      f:writeObject(object)
      f:commit_()
   end)
   if ok then return end
   if f:isOpened() then pcall(f.close, f) end
   raise('torch.save', why)
end

--- torch.load(path [, mode='binary' [, options]]): the object in a file. mode: 'binary', 'ascii', or
-- 'b32', 'b64' for binary files from machines whose long has that size. options: referenced as a
-- boolean, or {referenced = boolean, unsafe = boolean}; unsafe loads functions too. Without a mode, files of NumPy,
-- PyTorch and other programs (docs/files.md) are known by their first bytes, or their ending, and give a tensor, an
-- object, or a table of tensors by name; nothing in them is run.
function torch.load(path, mode, options)
   if type(path) ~= 'string' then fail('torch.load', 1, 'path', 'file name expected, got %s', torch.type(path)) end
   check_mode('torch.load', 2, mode, 'options', options, true)
   check_options('torch.load', options)
   if mode == nil and foreign_file(path) then return load_foreign(path, options) end
   local f = open('torch.load', C.newdisk, path, 'r')
   set_mode(f, mode, 'torch.load')
   set_options(f, options)
   return read(f, 'torch.load', path)
end
--- torch.Tensor.write, torch.Storage.write(x, file): writes x; torch.save calls it.

--- torch.Tensor.read, torch.Storage.read(x, file): reads into x; torch.load calls it.

--- torch.saveobj(path, object [, mode, referenced]): torch.save by another name.

--- torch.loadobj(path [, mode, options]) -> object: torch.load by another name.
torch.saveobj, torch.loadobj = torch.save, torch.load

--- The object's bytes as a CharStorage.
function torch.serializeToStorage(object, mode)
   local f = set_mode(torch.MemoryFile('rw'), mode, 'torch.serializeToStorage')
   f:writeObject(object)
   local storage = f:storage()
   f:close()
   return storage:resize(storage:size() - 1) -- without the NUL
end

--- The object's bytes as a string.
function torch.serialize(object, mode)
   return torch.serializeToStorage(object, mode):string()
end

--- The object that torch.serialize made a string of. options as for torch.load.
function torch.deserialize(str, mode, options)
   if type(str) ~= 'string' then fail('torch.deserialize', 1, 'text', 'string expected, got %s', torch.type(str)) end
   check_options('torch.deserialize', options)
   local f = set_mode(C.memoryof(str), mode, 'torch.deserialize')
   set_options(f, options)
   return read(f, 'torch.deserialize', 'memory')
end

--- The same from a CharStorage or a contiguous CharTensor.
function torch.deserializeFromStorage(x, mode, options)
   local s = x
   if torch.isTensor(x) then
      local first, n = x:storageOffset(), x:nElement()
      s = n > 0 and x.new(x:contiguous()):storage() or nil
      if not s then return torch.deserialize('', mode, options) end
      if x:isContiguous() and s:size() ~= n then s = torch.CharStorage(s, first, n) end
   end
   return torch.deserialize(s:string(), mode, options)
end

return File
