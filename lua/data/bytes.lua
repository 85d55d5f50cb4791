-- Files as bytes, whole or piece by piece, unpacked on the way when they are .gz.
local ffi = require 'ffi'
local checks = require 'data.fail'
local M = {}

pcall(ffi.cdef, [[
void *gzopen(const char *path, const char *mode);
int gzread(void *file, void *buffer, unsigned length);
int gzclose(void *file);
const char *gzerror(void *file, int *number);
]])

--- zlib(): the library; nil where there is none.
local library
function M.zlib()
   if library ~= nil then return library or nil end
   for _, name in ipairs{'libz.so.1', 'z', 'zlib1'} do
      local ok, lib = pcall(ffi.load, name)
      if ok then
         library = lib
         return lib
      end
   end
   library = false
end

local Reader = {}
Reader.__index = Reader

local function is_packed(f)
   local start = f:read(2)
   f:seek('set', 0)
   return start == '\31\139'
end

--- open(what, path): a reader of the bytes of a file; .gz, by its first bytes, is unpacked. what: the function that
-- messages name.
function M.open(what, path)
   checks.check(what, 1, 'path', 'string', path)
   local f, why = io.open(path, 'rb')
   if not f then checks.fail(what, '%s', why) end
   local ok, packed = pcall(is_packed, f)
   if not ok or (not packed and not f:read(0) and f:seek('end') ~= 0) then
      f:close()
      checks.fail(what, '%s cannot be read; is it a folder?', path)
   end
   local self = setmetatable({what = what, path = path, at = 0}, Reader)
   if not packed then
      self.size = f:seek('end')
      f:seek('set', 0)
      self.file = f
      return self
   end
   f:close()
   local z = M.zlib() or checks.fail(what, '%s: .gz files need zlib (libz), which was not found; unpack it by gunzip', path)
   self.gz = ffi.gc(z.gzopen(path, 'rb'), z.gzclose)
   return self
end

-- Up to n bytes to a pointer; returns how many.
local function read_packed(self, pointer, n)
   local got = 0
   while got < n do
      local count = M.zlib().gzread(self.gz, pointer + got, math.min(n - got, 2 ^ 30))
      if count < 0 then checks.fail(self.what, '%s: damaged .gz file, behind byte %d of what it holds', self.path, self.at + got) end
      if count == 0 then break end
      got = got + count
   end
   return got
end

local function read_plain(self, pointer, n)
   local got = 0
   while got < n do
      local part = self.file:read(math.min(n - got, 2 ^ 20))
      if not part then break end
      ffi.copy(pointer + got, part, #part)
      got = got + #part
   end
   return got
end

--- reader:into(pointer, n): up to n bytes to where a pointer points; returns how many there were.
function Reader:into(pointer, n)
   pointer = ffi.cast('unsigned char *', pointer)
   local got = (self.gz and read_packed or read_plain)(self, pointer, n)
   self.at = self.at + got
   return got
end

--- reader:read(n, of): n bytes as a string; where there are fewer, an error that says what part of the file (`of`) is
-- cut short.
function Reader:read(n, of)
   local buffer = ffi.new('unsigned char[?]', math.max(n, 1))
   local got = self:into(buffer, n)
   if got < n then self:fail('%s of %d bytes expected at byte %d, the file ends after %d', of or 'data', n, self.at - got, self.at) end
   return ffi.string(buffer, n)
end

--- reader:expect(n, of): before memory is taken for n bytes of a part of the file: an error where a file of its
-- length cannot have them.
function Reader:expect(n, of)
   if self.size and self.size - self.at < n or n > 2 ^ 43 then
      self:fail('%s of %.0f bytes expected at byte %d, the file ends after %s', of, n, self.at, self.size or 'less')
   end
end

--- reader:fill(tensor, of): the bytes of a contiguous tensor, in this machine's order.
function Reader:fill(tensor, of)
   local n = tensor:nElement() * tensor:elementSize()
   if n == 0 then return tensor end
   self:expect(n, of)
   local got = self:into(tensor:data(), n)
   if got < n then self:fail('%s of %d bytes expected at byte %d, the data ends after %d', of or 'data', n, self.at - got, self.at) end
   return tensor
end

--- reader:rest(): everything that is left, as a string.
function Reader:rest()
   local parts, buffer = {}, ffi.new('unsigned char[?]', 2 ^ 18)
   while true do
      local got = self:into(buffer, 2 ^ 18)
      if got == 0 then return table.concat(parts) end
      parts[#parts + 1] = ffi.string(buffer, got)
   end
end

--- reader:finish(): closes; bytes that are left are an error.
function Reader:finish()
   local more = self:into(ffi.new('unsigned char[1]'), 1)
   self:close()
   if more > 0 then self:fail('data behind the last element, at byte %d', self.at - 1) end
end

function Reader:close()
   if self.file then self.file:close() end
   if self.gz then M.zlib().gzclose(ffi.gc(self.gz, nil)) end
   self.file, self.gz = nil, nil
end

--- reader:fail(message, ...): closes and raises an error about the file.
function Reader:fail(message, ...)
   self:close()
   checks.fail(self.what, '%s: ' .. message, self.path, ...)
end

--- all(what, path): the bytes of a file as a string.
function M.all(what, path)
   local reader = M.open(what, path)
   local text = reader:rest()
   reader:close()
   return text
end

--- swap(tensor): turns the bytes of each element round, in place.
function M.swap(tensor)
   local width, n = tensor:elementSize(), tensor:nElement()
   if width == 1 or n == 0 then return tensor end
   local p = ffi.cast('unsigned char *', tensor:data())
   for i = 0, n * width - 1, width do
      for k = 0, width / 2 - 1 do
         p[i + k], p[i + width - 1 - k] = p[i + width - 1 - k], p[i + k]
      end
   end
   return tensor
end

return M
