--- torch.File: DiskFile, PipeFile, MemoryFile, mapped storages. Run by th.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local eq, ok, raises = check.eq, check.ok, check.error

local dir = os.tmpname()
os.remove(dir)
assert(check.succeeds('mkdir ' .. dir))
local path = dir .. '/file'
local function spit(text, name)
   local f = assert(io.open(name or path, 'wb'))
   f:write(text)
   f:close()
end
local function slurp(name)
   local f = assert(io.open(name or path, 'rb'))
   local s = f:read('*a')
   f:close()
   return s
end

local types = {} -- whose numbers are written as they are
for _, t in ipairs(require('torch.Storage').types) do types[#types + 1] = t ~= 'Bool' and t or nil end
local limits = {Byte = {0, 255}, Char = {-128, 127}, Short = {-32768, 32767}, Int = {-2 ^ 31, 2 ^ 31 - 1},
   Long = {-2 ^ 53, 2 ^ 53}, Float = {-1.5, 2 ^ 100}, Double = {-0.1, 1e300}, Half = {-2, 0.5},
   BFloat16 = {-2, 2 ^ 100}}

-- Every type, single numbers and storages, binary and text, in each kind of file.
local function round_trip(open, reopen, what)
   for _, mode in ipairs{'binary', 'ascii'} do
      local f = open()
      f[mode](f)
      for _, t in ipairs(types) do
         for _, v in ipairs(limits[t]) do f['write' .. t](f, v) end
         local s = torch[t .. 'Storage'](2)
         s[1], s[2] = limits[t][1], limits[t][2]
         eq(f['write' .. t](f, s), 2, what .. mode .. t .. ' count')
         f['write' .. t](f, torch[t .. 'Storage']())
      end
      f:writeBool(true)
      f:writeBool(false)
      f:writeString('a line\nand the rest')
      f = reopen(f)
      f[mode](f)
      for _, t in ipairs(types) do
         for _, v in ipairs(limits[t]) do eq(f['read' .. t](f), v, what .. mode .. ' ' .. t) end
         local s
         if t == 'Int' then
            s = torch.IntStorage(2)
            eq(f:readInt(s), 2, what .. mode .. ' read into')
         else
            s = f['read' .. t](f, 2)
         end
         eq(torch.typename(s), 'torch.' .. t .. 'Storage', what .. mode .. ' type')
         eq(s:totable(), limits[t], what .. mode .. ' ' .. t .. ' storage')
         eq(#f['read' .. t](f, 0), 0, 'nothing')
      end
      eq(f:readBool(), true, 'true')
      eq(f:readBool(), false, 'false')
      eq(f:readString('*l'), 'a line', what .. mode .. ' line')
      eq(f:readString('*a'), 'and the rest', what .. mode .. ' rest')
      f:close()
   end
end
round_trip(function() return torch.DiskFile(path, 'w') end,
   function(f) f:close() return torch.DiskFile(path, 'r') end, 'disk ')
round_trip(function() os.remove(path) return torch.DiskFile(path, 'rw') end, function(f) return f:seek(1) end, 'disk rw ')
round_trip(function() return torch.DiskFile(path, 'w'):noBuffer() end,
   function(f) f:close() return torch.DiskFile(path, 'r'):noBuffer() end, 'unbuffered ')
round_trip(function() return torch.DiskFile(path, 'w'):bigEndianEncoding() end,
   function(f) f:close() return torch.DiskFile(path, 'r'):bigEndianEncoding() end, 'big endian ')
round_trip(function() return torch.MemoryFile() end, function(f) return f:seek(1) end, 'memory ')
round_trip(function() return torch.PipeFile('cat > ' .. path, 'w') end,
   function(f) f:close() return torch.PipeFile('cat ' .. path, 'r') end, 'pipe ')

-- Text, exactly
local f = torch.MemoryFile()
f:writeInt(torch.IntStorage{1, -2, 3})
f:writeDouble(torch.DoubleStorage{0.5, 1e300, -1 / 3, 1 / 0, -1 / 0})
f:writeFloat(0.1)
f:writeByte(torch.ByteStorage{65, 66})
eq(f:storage():string(), '1 -2 3\n0.5 1.0000000000000001e+300 -0.33333333333333331 inf -inf\n0.100000001\nAB\n\0', 'text')
f = torch.MemoryFile():noAutoSpacing()
f:writeInt(1)
f:writeInt(2)
eq(f:storage():string(), '12\0', 'no spacing')
f = torch.MemoryFile(torch.CharStorage():string('  12abc 3.5e2x\t nan\n\0'))
eq(f:readInt(), 12, 'number before letters')
eq(f:readString('*l'), 'abc 3.5e2x\t nan', 'the rest of the line')
f:seek(9)
eq(f:readDouble(), 350, 'exponent')
eq(f:position(), 14, 'position after a number')
raises(function() f:readDouble() end, 'no number', 'letters are no number')
f = torch.MemoryFile(torch.CharStorage():string(('1'):rep(600) .. '\0'))
raises(function() f:readDouble() end, 'read 0 blocks', 'endless number')

-- Sizes of longs
f = torch.MemoryFile():binary():longSize(4)
f:writeLong(-5)
eq(f:storage():string(), '\251\255\255\255\0', 'four bytes')
eq(f:seek(1):readLong(), -5, 'sign')
raises(function() f:writeLong(2 ^ 31) end, 'does not fit', 'long that does not fit')
raises(function() f:longSize(3) end, 'must be 0, 4 or 8', 'longSize 3')
f = torch.DiskFile(path, 'w'):binary():longSize(4):bigEndianEncoding()
f:writeLong(torch.LongStorage{1, -2})
f:close()
eq(slurp(), '\0\0\0\1\255\255\255\254', 'big endian short longs')
f = torch.DiskFile(path):binary():longSize(4):bigEndianEncoding()
eq(f:readLong(2):totable(), {1, -2}, 'and back')
f:nativeEndianEncoding():seek(1)
eq(f:readByte(), 0, 'bytes are not swapped')

-- State
f = torch.MemoryFile()
eq({f:isReadable(), f:isWritable(), f:isBinary(), f:isQuiet(), f:hasError(), f:isAutoSpacing(), f:isReferenced(), f:position()},
   {true, true, false, false, false, true, true, 1}, 'a new file')
eq(tostring(f), 'torch.MemoryFile [status: open -- mode: rw]', 'tostring memory')
eq(tostring(torch.DiskFile(path)), 'torch.DiskFile on <' .. path .. '> [status: open -- mode r ]', 'tostring disk')
eq(tostring(torch.PipeFile('true')), 'torch.PipeFile on <true> [status: open -- mode: r ]', 'tostring pipe')
ok(torch.isTypeOf(torch.PipeFile('true'), 'torch.DiskFile') and torch.isTypeOf(f, 'torch.File'), 'inheritance')
for _, name in ipairs{'binary', 'ascii', 'autoSpacing', 'noAutoSpacing', 'quiet', 'pedantic', 'clearError', 'synchronize', 'seekEnd'} do
   ok(rawequal(f[name](f), f), name .. ' returns the file')
end
f:close()
raises(function() f:readInt() end, 'attempt to use a closed file', 'closed')
raises(function() f:close() end, 'attempt to use a closed file', 'closed twice')
raises(function() f:storage() end, 'attempt to use a closed file', 'storage of a closed file')
raises(function() torch.MemoryFile('r'):writeInt(1) end, 'write in a read%-only', 'read only')
raises(function() torch.MemoryFile('w'):readInt() end, 'read in a write%-only', 'write only')
raises(function() torch.MemoryFile('x') end, "'r', 'w' or 'rw'", 'mode')
raises(function() torch.MemoryFile():readInt() end, 'read 0 blocks instead of 1.*byte offset 0', 'empty')
raises(function() torch.MemoryFile():writeInt('a') end, 'IntStorage expected', 'no number')
raises(function() torch.MemoryFile():writeInt(torch.LongStorage{1}) end, 'IntStorage expected', 'other storage')
raises(function() torch.MemoryFile(torch.CharStorage{1, 2}) end, 'terminated by 0', 'no NUL')
raises(function() torch.MemoryFile(torch.CharStorage()) end, 'terminated by 0', 'no bytes')
raises(function() torch.MemoryFile():seek(0) end, 'start at 1', 'seek 0')
raises(function() torch.MemoryFile():seek(5) end, 'unable to seek', 'seek behind the end')
raises(function() torch.MemoryFile():readInt(-1) end, 'elements asked for', 'negative count')
raises(function() torch.DiskFile.readInt({}) end, 'torch.File expected', 'no file')
f = torch.MemoryFile('r'):quiet()
eq(f:readInt(), 0, 'quiet')
eq({f:hasError(), f:clearError():hasError()}, {true, false}, 'error flag')
f = torch.MemoryFile(torch.CharStorage():string('1 2 x\0'), 'r'):quiet()
eq(f:readInt(5):totable(), {1, 2}, 'quiet short read')

-- A MemoryFile and its storage
f = torch.MemoryFile():binary()
for i = 1, 1000 do f:writeInt(i) end
eq(#f:storage(), 4001, 'exact storage')
f:storage():resize(9)
eq(f:position(), 9, 'the storage was cut')
raises(function() f:readInt() end, 'read 0 blocks', 'nothing left')
eq(f:seek(5):readInt(), 2, 'still there')
f:storage():resize(0)
raises(function() f:seek(5):readInt() end, 'seek', 'nothing at all')
f:writeInt(7)
eq(f:seek(1):readInt(), 7, 'written again')
f = torch.MemoryFile()
f:writeChar(f:storage())
f:writeChar(f:storage())
eq(#f:storage(), 7, 'written into itself')
local given = torch.CharStorage():string('1 2\n\0')
f = torch.MemoryFile(given)
f:writeInt(9)
eq(given:string(), '9\n2\n\0', 'the storage given is the one used')

-- Disk
raises(function() torch.DiskFile('/no/such/file') end, 'cannot open </no/such/file> in mode r: No such file', 'missing')
eq(torch.DiskFile('/no/such/file', 'r', true), nil, 'missing, quiet')
raises(function() torch.DiskFile(dir) end, 'Is a directory', 'folder')
raises(function() torch.DiskFile(path, 'q') end, "'r', 'w' or 'rw'", 'mode')
raises(function() torch.DiskFile('a\0b') end, 'zero byte', 'NUL in a name')
os.remove(path)
f = torch.DiskFile(path, 'rw') -- reading and writing by turns
f:writeString('hello world')
f:seek(7)
eq(f:readString('*a'), 'world', 'read after write')
f:seek(1)
eq(f:readByte(), 104, 'h')
f:noAutoSpacing()
f:writeString('EL')
eq(f:position(), 4, 'position after write after read')
eq(f:seek(1):readString('*l'), 'hELlo world', 'mixed')
f:close()
f = torch.DiskFile(path, 'rw')
eq(f:readString('*l'), 'hELlo world', 'rw keeps the file')
f:seekEnd()
eq(f:position(), 12, 'end')
f:seek(2 ^ 33) -- sparse
f:binary():writeInt(42)
eq(f:position(), 2 ^ 33 + 4, 'positions beyond 4 GB')
eq(f:seek(2 ^ 33):readInt(), 42, 'read there')
f:close()
os.remove(path)
spit('1 2 3')
f = torch.DiskFile(path):quiet()
eq(f:readInt(1e9):totable(), {1, 2, 3}, 'a count far beyond the file')
raises(function() torch.DiskFile(path):readDouble(1e12) end, 'read 3 blocks instead of 1000000000000', 'pedantic')
raises(function() torch.DiskFile(path):binary():readDouble(1e15) end, 'instead of', 'pedantic, binary')

-- Failing writes
raises(function() local g = torch.DiskFile('/dev/full', 'w') g:writeInt(1) g:synchronize() end, 'No space left', 'synchronize')
raises(function() local g = torch.DiskFile('/dev/full', 'w') g:writeInt(1) g:close() end, 'No space left', 'close')
raises(function() local g = torch.DiskFile('/dev/full', 'w'):noBuffer() g:writeInt(1) end, 'write error.*/dev/full', 'unbuffered')
raises(function() local g = torch.DiskFile('/dev/full', 'w') g:writeFloat(torch.FloatStorage(1e6)) end, 'No space left', 'large')
do
   local g = torch.DiskFile('/dev/full', 'w'):quiet()
   g:writeFloat(torch.FloatStorage(1e6))
   ok(g:hasError(), 'quiet failure')
end

-- Pipes
f = torch.PipeFile('printf "1 2 3\\nabc\\n"')
eq(f:readInt(3):totable(), {1, 2, 3}, 'pipe')
eq(f:readString('*l'), 'abc', 'pipe line')
raises(function() f:readString('*l') end, 'read error', 'end of a pipe')
raises(function() f:seek(1) end, 'Illegal seek', 'pipes do not seek')
f:close()
f = torch.PipeFile('head -c 100000 /dev/zero'):binary():quiet()
eq(#f:readByte(1e12), 100000, 'a count far beyond the pipe')
raises(function() local g = torch.PipeFile('exit 3', 'w') g:close() end, 'closing failed', 'failing command')
raises(function() -- SIGPIPE must not end us
   local g = torch.PipeFile('true', 'w')
   for _ = 1, 100 do g:writeFloat(torch.FloatStorage(1e5)) end
   g:close()
end, 'Broken pipe', 'reader gone')
raises(function() torch.PipeFile('true', 'rw') end, "'r' or 'w'", 'pipe mode')

-- Mapped storages
f = torch.DiskFile(path, 'w'):binary()
f:writeFloat(torch.FloatStorage{1, 2, 3})
f:close()
local private, shared = torch.FloatStorage(path), torch.FloatStorage(path, true)
private[1], shared[2] = 7, 8
eq(torch.FloatStorage(path):totable(), {1, 8, 3}, 'shared changes the file, private does not')
eq(#torch.FloatStorage(path, true, 5), 5, 'grown')
eq(#slurp(), 20, 'file grown')
raises(function() private:resize(9) end, 'not resizable', 'resize')
raises(function() torch.FloatStorage(path, false, 99) end, 'smaller than the required', 'private never grows')
raises(function() torch.FloatStorage(dir .. '/none') end, 'No such file', 'missing')
raises(function() torch.FloatStorage(dir) end, 'Is a directory', 'folder')
raises(function() torch.FloatStorage(path, true, -1) end, 'invalid size', 'negative')
spit('', dir .. '/empty')
eq(#torch.FloatStorage(dir .. '/empty'), 0, 'empty file')

-- The collector closes files.
collectgarbage()
local before = torch.memorystats().objects
for _ = 1, 3000 do torch.DiskFile(path) end -- more than the descriptors a process may have
local function written(i) torch.DiskFile(dir .. '/gc', 'w'):writeInt(i) end
for i = 1, 100 do
   if i == 100 then collectgarbage() collectgarbage() end -- the last is written last
   written(i) -- in a frame of its own, as a dead slot of this one would keep the file
end
collectgarbage()
collectgarbage()
eq(slurp(dir .. '/gc'), '100\n', 'data is written when a file is collected')
for _ = 1, 200 do
   pcall(function() torch.MemoryFile():readInt() end)
   pcall(function() torch.DiskFile(path):readInt(1000) end)
   pcall(function() torch.FloatStorage(path, false, 99) end)
end
collectgarbage()
collectgarbage()
eq(torch.memorystats().objects, before, 'nothing is left')

private, shared = nil, nil
collectgarbage()
os.execute('rm -rf ' .. dir)
check.finish()
