-- NumPy's files: .npy, an array; .npz, a zip of them.
local bytes = require 'data.bytes'
local checks = require 'data.fail'
local ffi = require 'ffi'
local torch = torch
local M = {}

local types = {b1 = 'Byte', u1 = 'Byte', i1 = 'Char', i2 = 'Short', i4 = 'Int', i8 = 'Long', f2 = 'Half', f4 = 'Float', f8 = 'Double'}
local descriptions = {Byte = '|u1', Char = '|i1', Short = '<i2', Int = '<i4', Long = '<i8', Half = '<f2', Float = '<f4', Double = '<f8'}
local MAGIC = '\147NUMPY'

-- ---- arrays ----

local function parse_header(reader, text)
   local order, kind = text:match("'descr'%s*:%s*'([<>|=]?)(%a%d+)'")
   local fortran, shape = text:match("'fortran_order'%s*:%s*(%a+)"), text:match("'shape'%s*:%s*%(([%d%s,L]*)%)")
   if not kind or not fortran or not shape then reader:fail('header that is not understood, at byte 10: %s', text:gsub('%s+$', '')) end
   if not types[kind] then
      reader:fail("elements of type '%s', which no tensor has; in NumPy, x.astype(numpy.float32) and the like makes one that has", kind)
   end
   local sizes = {}
   for n in shape:gmatch('%d+') do sizes[#sizes + 1] = tonumber(n) end
   return types[kind], sizes, fortran == 'True', order == '>'
end

local function reversed(sizes)
   local list = {}
   for d = 1, #sizes do list[d] = sizes[#sizes + 1 - d] end
   return list
end

-- An array from a reader that is at its beginning. A single number is a vector of one.
local function read_array(reader)
   local start = reader:read(8, 'a header')
   if start:sub(1, 6) ~= MAGIC then reader:fail('not a .npy file, by its first bytes') end
   local width = start:byte(7) == 1 and 2 or 4
   local length = 0
   for i, byte in ipairs{reader:read(width, 'the length of the header'):byte(1, width)} do length = length + byte * 256 ^ (i - 1) end
   if length > 2 ^ 20 then reader:fail('a header of %d bytes at byte 8', length) end
   local kind, sizes, fortran, big = parse_header(reader, reader:read(length, 'the header'))
   local n = 1
   for _, size in ipairs(sizes) do n = n * size end
   local Tensor = torch[kind .. 'Tensor']
   reader:expect(n * Tensor():elementSize(), 'elements')
   if n == 0 then return Tensor() end
   if #sizes == 0 then sizes = {1} end
   local x = Tensor():resize(torch.LongStorage(fortran and reversed(sizes) or sizes)) -- a LongTensor of a LongStorage would be its elements
   reader:fill(x, 'elements')
   if big == ffi.abi('le') then bytes.swap(x) end
   for d = 1, fortran and math.floor(#sizes / 2) or 0 do x = x:transpose(d, #sizes + 1 - d) end
   return x
end

--- data.npy(file) -> tensor: the tensor in a .npy file: Byte (also for bool), Char, Short, Int, Long, Half, Float or
-- Double. Arrays without an element are a tensor without dimensions, single numbers a vector of one, arrays in
-- Fortran's order a transposed view. Errors tell the byte.
function M.npy(file)
   local reader = bytes.open('npy', file)
   local x = read_array(reader)
   reader:finish()
   return x
end

local function array_bytes(what, x)
   local kind = torch.isTensor(x) and torch.typename(x):match('^torch%.(%a+)Tensor$')
   if not descriptions[kind] then checks.wrong(what, 2, 'x', 'tensor of the CPU expected, got %s', require('libtorch').describe(x)) end
   local sizes = x:size():totable()
   local shape = x:dim() == 0 and '0,' or #sizes == 1 and sizes[1] .. ',' or table.concat(sizes, ', ')
   local header = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"):format(descriptions[kind], shape)
   header = header .. (' '):rep(63 - (#header + 10) % 64) .. '\n'
   x = x:contiguous()
   local n = x:nElement() * x:elementSize()
   return MAGIC .. '\1\0' .. string.char(#header % 256, math.floor(#header / 256)) .. header, x, n
end

local function open_new(what, file)
   checks.check(what, 1, 'file', 'string', file)
   local f, why = io.open(file, 'wb')
   return f or checks.fail(what, '%s', why)
end

local PIECE = 2 ^ 24
local function write_elements(f, x, n)
   if n == 0 then return end
   local p = ffi.cast('char *', x:data())
   for at = 0, n - 1, PIECE do f:write(ffi.string(p + at, math.min(PIECE, n - at))) end
end

--- data.saveNpy(file, x): writes a tensor as a .npy file.
function M.saveNpy(file, x)
   local header, values, n = array_bytes('saveNpy', x)
   local f = open_new('saveNpy', file)
   f:write(header)
   write_elements(f, values, n)
   f:close()
end

-- ---- zip ----

local function number(text, at, width)
   local v = 0
   for i = width, 1, -1 do v = v * 256 + text:byte(at + i - 1) end
   return v
end

-- Reads from a string as a reader does from a file.
local StringReader = setmetatable({}, {__index = bytes.Reader})
StringReader.__index = StringReader

function StringReader:into(pointer, n)
   local part = self.text:sub(self.at + 1, self.at + n)
   ffi.copy(ffi.cast('char *', pointer), part, #part)
   self.at = self.at + #part
   return #part
end

local function string_reader(what, path, text)
   return setmetatable({what = what, path = path, at = 0, size = #text, text = text}, StringReader)
end

pcall(ffi.cdef, [[
typedef struct th_z_stream {
   const unsigned char *next_in; unsigned avail_in; unsigned long total_in;
   unsigned char *next_out; unsigned avail_out; unsigned long total_out;
   const char *msg; void *state; void *zalloc; void *zfree; void *opaque;
   int data_type; unsigned long adler; unsigned long reserved;
} th_z_stream;
const char *zlibVersion(void);
int inflateInit2_(th_z_stream *s, int bits, const char *version, int size);
int inflate(th_z_stream *s, int flush);
int inflateEnd(th_z_stream *s);
unsigned long crc32(unsigned long crc, const unsigned char *bytes, unsigned n);
]])

local function inflated(refuse, packed, size)
   local z = bytes.zlib() or refuse('compressed arrays need zlib (libz), which was not found')
   local s, out = ffi.new('th_z_stream'), ffi.new('unsigned char[?]', math.max(size, 1))
   if z.inflateInit2_(s, -15, z.zlibVersion(), ffi.sizeof(s)) ~= 0 then refuse('zlib does not start') end
   s.next_in, s.avail_in, s.next_out, s.avail_out = ffi.cast('const unsigned char *', packed), #packed, out, size
   local code = z.inflate(s, 4)
   local got = tonumber(s.total_out)
   z.inflateEnd(s)
   if code ~= 1 or got ~= size then refuse('damaged: %d bytes unpacked, %d expected', got, size) end
   return ffi.string(out, size)
end

-- Entries of the directory at a zip's end: {name, method, packed size, size, offset}.
local function directory(text, refuse)
   local last
   for at = #text - 21, math.max(1, #text - 66000), -1 do
      if text:sub(at, at + 3) == 'PK\5\6' then
         last = at
         break
      end
   end
   if not last then refuse('not a .npz file: the directory of a zip is not at its end') end
   local n, at, list = number(text, last + 10, 2), number(text, last + 16, 4) + 1, {}
   for k = 1, n do
      if text:sub(at, at + 3) ~= 'PK\1\2' or at + 46 > #text then refuse('damaged: entry %d of the directory expected at byte %d', k, at - 1) end
      local name, extra, comment = number(text, at + 28, 2), number(text, at + 30, 2), number(text, at + 32, 2)
      list[k] = {name = text:sub(at + 46, at + 45 + name), method = number(text, at + 10, 2), packed = number(text, at + 20, 4),
         size = number(text, at + 24, 4), offset = number(text, at + 42, 4)}
      at = at + 46 + name + extra + comment
   end
   return list
end

local function entry_bytes(text, entry, refuse)
   local at = entry.offset + 1
   if text:sub(at, at + 3) ~= 'PK\3\4' or at + 30 > #text then refuse('damaged: %s expected at byte %d', entry.name, entry.offset) end
   local first = at + 30 + number(text, at + 26, 2) + number(text, at + 28, 2)
   local packed = text:sub(first, first + entry.packed - 1)
   if #packed < entry.packed then refuse('%s of %d bytes expected at byte %d, the file ends after %d', entry.name, entry.packed, first - 1, #text) end
   if entry.method == 0 then return packed end
   if entry.method ~= 8 then refuse('%s is compressed in a way that is not known (%d)', entry.name, entry.method) end
   if entry.size > 1100 * entry.packed + 1000 then refuse('damaged: %s claims %d bytes from %d', entry.name, entry.size, entry.packed) end
   return inflated(function(...) refuse('%s: ' .. (...), entry.name, select(2, ...)) end, packed, entry.size)
end

--- data.npz(file) -> table: a table of the arrays in a .npz file, compressed or not, by name, as data.npy gives them.
-- The file, below 4 GB, is read whole.
function M.npz(file)
   local text = bytes.all('npz', file)
   local function refuse(message, ...) checks.fail('npz', '%s: ' .. message, file, ...) end
   local arrays = {}
   for _, entry in ipairs(directory(text, refuse)) do
      local name = entry.name:match('^(.*)%.npy$')
      if name then
         local reader = string_reader('npz', file .. ': ' .. name, entry_bytes(text, entry, refuse))
         arrays[name] = read_array(reader)
      end
   end
   return arrays
end

local function le(v, width)
   local parts = {}
   for i = 1, width do
      parts[i] = string.char(v % 256)
      v = math.floor(v / 256)
   end
   return table.concat(parts)
end

local function crc_of(z, header, x, n)
   local crc = z.crc32(0, ffi.cast('const unsigned char *', header), #header)
   return tonumber(n > 0 and z.crc32(crc, ffi.cast('const unsigned char *', x:data()), n) or crc)
end

--- data.saveNpz(file, arrays): writes a table of tensors, by name, as a .npz file, not compressed, below 4 GB.
function M.saveNpz(file, arrays)
   checks.check('saveNpz', 2, 'arrays', 'table', arrays)
   local z = bytes.zlib() or checks.fail('saveNpz', 'needs zlib (libz), which was not found')
   local names, at, entries = {}, 0, {}
   for name in pairs(arrays) do names[#names + 1] = name end
   table.sort(names)
   local f = open_new('saveNpz', file)
   for _, name in ipairs(names) do
      local header, x, n = array_bytes('saveNpz', arrays[name])
      local size, path = #header + n, name .. '.npy'
      local shared = le(20, 2) .. le(0, 4) .. le(0, 2) .. le(33, 2) .. le(crc_of(z, header, x, n), 4) .. le(size, 4) .. le(size, 4) .. le(#path, 2) .. le(0, 2)
      f:write('PK\3\4', shared, path, header)
      write_elements(f, x, n)
      entries[#entries + 1] = 'PK\1\2' .. le(20, 2) .. shared .. le(0, 2) .. le(0, 2) .. le(0, 2) .. le(0, 4) .. le(at, 4) .. path
      at = at + 30 + #path + size
   end
   local list = table.concat(entries)
   f:write(list, 'PK\5\6', le(0, 4), le(#names, 2), le(#names, 2), le(#list, 4), le(at, 4), le(0, 2))
   f:close()
end

return M
