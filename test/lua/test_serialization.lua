--- Objects in files: round trips, torch.save's promises, and input that is broken or hostile.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local eq, ok, raises = check.eq, check.ok, check.error

local dir = os.tmpname()
os.remove(dir)
assert(check.succeeds('mkdir ' .. dir))
local path = dir .. '/x.t7'
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
local function shell(command)
   local p = io.popen(command)
   local s = p:read('*a')
   p:close()
   return (s:gsub('%s+$', ''))
end
local function bytes(hex) return (hex:gsub('%s', ''):gsub('%x%x', function(h) return string.char(tonumber(h, 16)) end)) end
local function objects()
   collectgarbage()
   collectgarbage()
   return torch.memorystats().objects
end
local types = require('torch.Storage').types

---------------------------------------------------------------- the format

eq(torch.serialize(1.5), bytes '01000000 000000000000F83F', 'number')
eq(torch.serialize('ab'), bytes '02000000 02000000 6162', 'string')
eq(torch.serialize(true), bytes '05000000 01000000', 'boolean')
eq(torch.serialize(nil), bytes '00000000', 'nil')
eq(torch.serialize({7}), bytes '03000000 01000000 01000000 01000000000000000000F03F 010000000000000000001C40', 'table')
local tensor_bytes = bytes '04000000 01000000 03000000' .. 'V 1' .. bytes '11000000' .. 'torch.FloatTensor' ..
   bytes '02000000 0100000000000000 0200000000000000 0200000000000000 0100000000000000 0100000000000000' ..
   bytes '04000000 02000000 03000000' .. 'V 1' .. bytes '12000000' .. 'torch.FloatStorage' ..
   bytes '0200000000000000 0000803F 00000040'
eq(torch.serialize(torch.FloatTensor{{1, 2}}), tensor_bytes, 'tensor')
eq(torch.serialize({1, 'a'}, 'ascii'), '3\n1\n2\n1\n1\n1\n1\n1\n2\n2\n1\na\n', 'text')

for _, mode in ipairs{'binary', 'ascii'} do
   local function trip(x) return torch.deserialize(torch.serialize(x, mode), mode) end
   for _, v in ipairs{0, -1.5, 1e300, 2 ^ 53, 1 / 0, -1 / 0, '', 'a\0\n\r b', ('x'):rep(100000), true, false} do
      eq(trip(v), v, mode .. ' value')
   end
   eq(trip(nil), nil, 'nil')
   ok(trip(0 / 0) ~= trip(0 / 0), 'nan')
   eq(trip{1, {2, {}}, a = {b = 'c'}, [true] = 1, [2.5] = false}, {1, {2, {}}, a = {b = 'c'}, [true] = 1, [2.5] = false}, 'table')
   for _, t in ipairs(types) do
      local s = torch[t .. 'Storage']{1, 2, 3}
      local x = torch[t .. 'Tensor'](s, 2, torch.LongStorage{2}, torch.LongStorage{1})
      local y, z, empty = unpack(trip{x, s, torch[t .. 'Tensor']()})
      eq(torch.typename(y), 'torch.' .. t .. 'Tensor', t)
      eq({y:size(1), y:stride(1), y:storageOffset(), y[2]}, {2, 1, 2, s[3]}, t .. ' tensor')
      eq(z:totable(), s:totable(), t .. ' storage')
      eq(torch.pointer(y:storage()), torch.pointer(z), 'still shared')
      eq({empty:dim(), empty:storage()}, {0, nil}, 'empty')
   end
   local cycle = {}
   cycle.self, cycle[cycle] = cycle, 'key'
   local c = trip(cycle)
   ok(c.self == c and c[c] == 'key', 'cycle')
   local inner, deep = {}, nil
   deep = inner
   for _ = 1, 200000 do deep = {deep} end -- neither the C nor the Lua stack holds this
   deep = trip(deep)
   local n = 0
   while deep[1] do deep, n = deep[1], n + 1 end
   eq(n, 200000, 'deep nesting')
   local key = {}
   for _ = 1, 1000 do key = {[key] = 1} end
   local k = trip(key)
   n = 0
   while next(k) do k, n = next(k), n + 1 end
   eq(n, 1000, 'tables as keys of tables')
end

-- Several objects share references; unreferenced files share nothing.
local f = torch.MemoryFile():binary()
local t = {1}
f:writeObject(t)
f:writeObject{t}
f:seek(1)
local a = f:readObject()
eq(f:readObject()[1] == a, true, 'shared by two objects')
f = torch.MemoryFile():referenced(false)
eq(f:isReferenced(), false, 'isReferenced')
f:writeObject{t, t}
f:seek(1)
a = f:readObject()
ok(a[1] ~= a[2] and a[1][1] == 1 and a[2][1] == 1, 'unreferenced')
local cyclic = {}
cyclic[1] = {cyclic}
raises(function() f:writeObject(cyclic) end, 'contains itself', 'a cycle without references')
f:writeObject{t, t} -- and the file is still good for others
f = torch.MemoryFile()
f:writeObject({1, {2, 'x'}}, 'name', function(x) return type(x) == 'number' and x * 10 or x end)
eq(f:seek(1):readObject(), {[10] = 10, [20] = {[10] = 20, [20] = 'x'}}, 'hook')
do -- an object that a hook replaces is known again by what it was, whatever the hook makes of it each time
   local g, shared = torch.MemoryFile(), torch.Tensor{1, 2}
   g:writeObject({x = shared, y = {shared}, z = torch.Tensor{3}}, nil, function(o) return torch.isTensor(o) and {o:sum()} or o end)
   local r = g:seek(1):readObject()
   eq(r, {x = {3}, y = {{3}}, z = {3}}, 'replaced')
   ok(rawequal(r.x, r.y[1]) and not rawequal(r.x, r.z), 'one object')
   g = torch.MemoryFile()
   g:writeObject({true, true}, nil, function(o) return o == true and {'yes'} or o end)
   eq(g:seek(1):readObject(), {{'yes'}, {'yes'}}, 'what has no identity')
end
eq({f:isWritableObject(1), f:isWritableObject('a'), f:isWritableObject{}, f:isWritableObject(t), f:isWritableObject(true),
   f:isWritableObject(torch.FloatTensor()), f:isWritableObject(function() end), f:isWritableObject(print ~= nil)},
   {1, 2, 3, 3, 5, 4, 8, 5}, 'tags')
eq(f:isWritableObject(coroutine.create(function() end)), nil, 'threads cannot be written')

---------------------------------------------------------------- classes

do
   local Plain = torch.class('torch.TestPlain')
   function Plain:__init(x) self.x = x end
   local Own, parent = torch.class('torch.TestOwn', 'torch.TestPlain')
   Own.__version = 3
   function Own:write(file) file:writeObject{self.x} end
   function Own:read(file, version) self.x, self.version = file:readObject()[1], version end
   local p, o = torch.TestPlain(1), torch.TestOwn(2)
   p.o, p.self, p.f, p.co = o, p, torch.FloatTensor{1}, coroutine.create(function() end)
   local text, good, copy = check.captured(function() copy = torch.deserialize(torch.serialize(p)) end)
   ok(good, tostring(copy))
   check.match(text, 'Warning: cannot write object field <co> of <torch.TestPlain>', 'unwritable field')
   copy = torch.deserialize(torch.serialize(torch.TestPlain{o, o}))
   eq({torch.typename(copy), copy.x[1].x, copy.x[1].version, copy.x[1] == copy.x[2]}, {'torch.TestPlain', 2, 3, true}, 'classes')
   p.co = nil
   copy = torch.deserialize(torch.serialize(p))
   ok(copy.self == copy and copy.o.x == 2 and copy.f[1] == 1, 'an object that refers to itself')
   raises(function() torch.MemoryFile():referenced(false):writeObject(p) end, 'contains itself', 'unreferenced object cycle')
   -- what a class's own methods call is not what fails behind them
   local Busy = torch.class('torch.TestBusy')
   function Busy:write(file) file:writeInt(torch.ones(2):sum()) end
   function Busy:read(file) self.x = file:readInt() * torch.ones(2):sum() end
   text = torch.serialize{torch.TestBusy(), 'at the end'}
   eq(torch.deserialize(text)[1].x, 4, 'own methods that compute')
   raises(function() torch.deserialize(text:sub(1, -3)) end, 'readObject: read error', 'an error behind an own read')
   -- long chains of objects without a read method cost no stack
   local chain
   for _ = 1, 20000 do chain = torch.TestPlain(chain) end
   chain = torch.deserialize(torch.serialize(chain))
   local n = 0
   while chain do chain, n = chain.x, n + 1 end
   eq(n, 20000, 'chain of objects')
   for _ = 1, 100 do chain = torch.TestOwn(chain) end
   eq(torch.deserialize(torch.serialize(chain)).x.x.x.version, 3, 'nested read methods')
   for _ = 1, 100000 do chain = torch.TestOwn(chain) end
   raises(function() torch.serialize(chain) end, 'levels deep', 'read methods nested too deep')
   eq(torch.serialize(1), bytes '01000000 000000000000F03F', 'fine after that')
   raises(function() torch.serialize{a = {b = {c = coroutine.create(print)}}} end, 'Unwritable object <thread> at <%?>%.a%.b%.c', 'path')
   raises(function() torch.serialize(torch.TestOwn{a = io.stdout}) end, 'Unwritable object <userdata> at <%?>%.1%.a', 'path through a class')
   local function nest(depth)
      local t = {leaf = coroutine.create(print)}
      for i = depth, 2, -1 do t = {['k' .. i] = t} end
      return t
   end
   raises(function() torch.serialize(nest(64)) end, 'at <%?>%.k2%.k3.*%.k33%.k34%.k35.*%.k64%.leaf: ', 'a path of 64 keys')
   raises(function() torch.serialize(nest(300)) end, 'at <%?>%.k2.*%.k32%.k33%.%(...%)%.k270%.k271.*%.k300%.leaf: ', 'the ends of a long path')
   -- old files: no version
   copy = torch.deserialize('4\n1\n13\ntorch.TestOwn\n3\n2\n1\n1\n1\n1\n8\n', 'ascii')
   eq({copy.x, copy.version}, {8, 0}, 'version 0')
end

-- CUDA tensors become CPU tensors
for cuda, cpu in pairs{Cuda = 'Float', CudaDouble = 'Double', CudaLong = 'Long', CudaByte = 'Byte', CudaInt = 'Int', CudaHalf = 'Half'} do
   local name = 'torch.' .. cpu
   local s = torch.serialize({torch[cpu .. 'Tensor']{1, 2}}, 'ascii')
   for _, what in ipairs{'Tensor', 'Storage'} do
      local old, new = name .. what, 'torch.' .. cuda .. what
      s = s:gsub(#old .. '\n' .. old:gsub('%.', '%%.'), #new .. '\n' .. new)
   end
   check.match(s, 'Cuda', 'prepared')
   local x = torch.deserialize(s, 'ascii')[1]
   eq({torch.typename(x), x[1], x[2], #x:storage()}, {name .. 'Tensor', 1, 2, 2}, cuda)
end
do
   local P = torch.TestPlain()
   P._type = 'torch.CudaTensor'
   eq(torch.deserialize(torch.serialize(P))._type, 'torch.FloatTensor', '_type of a module')
end

---------------------------------------------------------------- functions

do
   local k = 10
   local function add(x) return x + k end
   local function set(v) k = v end
   torch.save(path, {f = add, x = 1})
   local r = torch.load(path)
   eq(r.x, 1, 'what is beside a function loads')
   eq(torch.typename(r.f), 'torch.UnloadedFunction', 'stand-in')
   raises(function() r.f(1) end, 'not loaded.*unsafe = true', 'calling a stand-in')
   torch.save(path, r) -- and it survives being saved again
   r = torch.load(path, 'binary', {unsafe = true})
   eq(r.f(1), 11, 'unsafe')
   torch.save(path, add)
   raises(function() torch.load(path) end, 'holds a function.*unsafe = true', 'nothing but a function')
   eq(torch.load(path, nil, {unsafe = true})(2), 12, 'unsafe function')
   -- closures that share a variable still do; recursion
   local function fact(n) return n == 0 and 1 or n * fact(n - 1) end
   torch.save(path, {add, set, fact})
   r = torch.load(path, 'binary', {unsafe = true})
   r[2](100)
   eq({r[1](1), add(1), r[3](5)}, {101, 11, 120}, 'upvalues')
   -- what this process dumped to memory comes back
   eq(torch.deserialize(torch.serialize(add))(1), 11, 'own function')
   local m = torch.MemoryFile():binary()
   m:writeObject{add}
   eq(m:seek(1):readObject()[1](2), 12, 'own function in a MemoryFile')
   -- but no other bytecode
   local s = torch.serialize(string.dump(function() hacked = true end))
   local evil = bytes '08000000 01000000' .. s:sub(5) .. bytes '03000000 02000000 00000000'
   raises(function() torch.deserialize(evil) end, 'holds a function', 'foreign bytecode')
   eq(type(torch.deserialize(evil, 'binary', {unsafe = true})), 'function', 'foreign bytecode, unsafe')
   evil = bytes '08000000 01000000' .. torch.serialize('hacked = true'):sub(5) .. bytes '03000000 02000000 00000000'
   raises(function() torch.deserialize(evil, 'binary', {unsafe = true}) end, 'holds a function', 'source text is never compiled')
   eq(hacked, nil, 'nothing ran')
   f = torch.MemoryFile(torch.CharStorage():string('6\n' .. #string.dump(add) .. '\n' .. string.dump(add) .. '\n3\n1\n1\n1\n1\n1\n5\n\0')):unsafe()
   eq(f:readObject()(1), 6, 'oldest form')
   f = torch.MemoryFile(torch.CharStorage():string('7\n1\n' .. #string.dump(add) .. '\n' .. string.dump(add) .. '\n3\n2\n1\n1\n1\n1\n5\n\0')):unsafe()
   eq(f:readObject()(1), 6, 'older form')
   local leaf = coroutine.create(print)
   local inner = {holds = function() return leaf end}
   raises(function() torch.serialize(function() return inner end) end, 'Unwritable object <thread> at <%?>%.inner%.holds%.leaf: ',
      'upvalues go by their names')
   raises(function() torch.serialize{a = {inner.holds}} end, '<%?>%.a%.1%.leaf: ', 'upvalues in tables')
   raises(function() torch.serialize(leaf) end, 'test_serialization.lua:%d+: Unwritable object <thread> at <%?>: ', "the user's line")
   raises(function() torch.serialize{coroutine.wrap(print)} end, 'Unwritable object <function> at <%?>%.1', 'C function that no package has')
end

-- functions of packages, and packages and classes that functions refer to, go by their names
do
   local nn = require 'nn'
   local Mine, parent = torch.class('nn.TestNamed', 'nn.Linear')
   function Mine:__init() parent.__init(self, 3, 2) end
   local base, Linear, floor, t = nn.Linear.updateOutput, nn.Linear, math.floor, torch
   local m, x = nn.TestNamed(), torch.randn(3)
   m.updateOutput = function(self, input) return base(self, input) end -- holds a method of nn's
   m.parts = function() return base, Linear, nn, floor, t, parent, Mine.__init, nn.TestNamed end
   m.squash, m.plain, m.list, m.off = torch.sigmoid, nn.Module.clearState, {nn.Linear.reset, string.format}, function() return m.no end
   local function same(copy, what)
      eq(copy:forward(x):totable(), m:forward(x):totable(), what .. ': the overriding method runs')
      local got, expected = {copy.parts()}, {m.parts()}
      for i = 1, 8 do ok(rawequal(got[i], expected[i]) or i == 7 and type(got[i]) == 'function', what .. ': part ' .. i) end
      ok(copy.squash == torch.sigmoid and copy.plain == nn.Module.clearState and copy.list[1] == nn.Linear.reset and copy.list[2] == string.format,
         what .. ': functions in fields')
   end
   same(m:clone(), 'clone')
   torch.save(path, m)
   same(torch.load(path, 'binary', {unsafe = true}), 'unsafe load')
   local r = torch.load(path)
   eq(torch.typename(r.squash), 'torch.UnloadedFunction', 'by name or not, functions are not loaded by default')
   torch.save(path, r)
   same(torch.load(path, 'binary', {unsafe = true}), 'after being saved unloaded')
   ok(#torch.serialize(nn.TestNamed()) < 12000, 'none of a package is written')
   -- names that the program itself has given do not count
   a_sigmoid, package.loaded.Q = torch.sigmoid, {sigmoid = torch.sigmoid, reset = nn.Linear.reset, kind = type} -- luacheck: ignore
   for _, f in ipairs{torch.sigmoid, nn.Linear.reset, type} do
      local bytes_ = torch.serialize{f}
      ok(torch.deserialize(bytes_)[1] == f and not bytes_:find('\1\0\0\0Q', 1, true) and not bytes_:find('a_sigmoid', 1, true), 'by the name of a package')
   end
   a_sigmoid, package.loaded.Q = nil, nil -- luacheck: ignore
   -- other programs find a function by calling it, and what this process has not written is not looked up
   local named = require 'torch.named'
   local lookup = loadstring(named.code)
   for i, v in ipairs{'nn', 'nn.Linear', 'updateOutput'} do debug.setupvalue(lookup, i, v) end
   eq(lookup(m, x):totable(), m:forward(x):totable(), 'the code looks itself up')
   local s = torch.serialize{os.tmpname} -- 10 letters
   eq(torch.deserialize(s)[1], os.tmpname, 'what was written')
   raises(function() torch.deserialize((s:gsub('os', 'io', 1):gsub('tmpname', 'tmpfile', 1)))[1]() end, 'not loaded', 'another name')
   eq(torch.deserialize((s:gsub('tmpname', 'tmpnone', 1)), 'binary', {unsafe = true})[1] ~= nil, true, 'a function that is not there stays as it is')
   local f = torch.deserialize(torch.serialize(torch.deserialize((s:gsub('tmpname', 'tmpnone', 1)), 'binary', {unsafe = true})))[1]
   raises(function() f() end, 'not loaded', 'and cannot be called')
   s = torch.serialize{function() return t end}
   eq(torch.deserialize(s)[1](), torch, 'a package')
   eq(torch.deserialize((s:gsub('torch', 'nngrp', 1)))[1](), nil, 'no other one')
end

---------------------------------------------------------------- save

spit('old')
torch.save(path, {1})
eq(torch.load(path), {1}, 'replaced')
torch.save(path, {2}, 'ascii')
eq(torch.load(path, 'ascii'), {2}, 'ascii')
eq(torch.loadobj(path, 'ascii'), {2}, 'alias')
torch.save(path, torch.LongTensor{1, -2}, 'b32')
eq(torch.load(path, 'b32'):totable(), {1, -2}, 'b32')
local function untouched(what, pattern, run)
   spit('precious')
   local names = shell('ls -a ' .. dir)
   raises(run, pattern, what)
   eq(slurp(), 'precious', what .. ': old file')
   eq(shell('ls -a ' .. dir), names, what .. ': no file left behind')
end
untouched('unwritable object', 'Unwritable object <thread>.*x%.t7', function() torch.save(path, {1, coroutine.create(print)}) end)
untouched('folder', 'Is a directory', function() torch.save(dir, 1) end)
untouched('missing folder', 'no/such/file.*No such file', function() torch.save(dir .. '/no/such/file', 1) end)
untouched('file as folder', 'Not a directory', function() torch.save(path .. '/file', 1) end)
untouched('long name', 'File name too long', function() torch.save(dir .. '/' .. ('n'):rep(300), 1) end)
untouched('mode', "mode must be 'binary'", function() torch.save(path, 1, 'text') end)
untouched('name', 'file name expected', function() torch.save(nil, 1) end)
untouched('NUL', 'zero byte', function() torch.save(path .. '\0', 1) end)
untouched('empty name', 'No such file', function() torch.save('', 1) end)
raises(function() torch.save('/dev/full', torch.FloatTensor(1e5)) end, '/dev/full.*No space left', 'full device')
torch.save('/dev/null', {1})
shell('chmod 640 ' .. path)
torch.save(path, 1)
eq(shell('stat -c %a ' .. path), '640', 'mode bits stay')
os.remove(path)
shell('rm -f ' .. path)
torch.save(path, 1)
eq(shell('stat -c %a ' .. path), shell('touch ' .. dir .. '/new; stat -c %a ' .. dir .. '/new'), 'mode bits of a new file')
shell('ln -sf x.t7 ' .. dir .. '/link')
torch.save(dir .. '/link', 'through the link')
eq(torch.load(path), 'through the link', 'links are followed')
eq(shell('readlink ' .. dir .. '/link'), 'x.t7', 'and stay')
if shell('id -u') ~= '0' then
   shell('chmod 444 ' .. path)
   raises(function() torch.save(path, 1) end, 'Permission denied', 'read-only file')
   shell('chmod 644 ' .. path .. '; chmod 555 ' .. dir)
   raises(function() torch.save(dir .. '/other', 1) end, 'Permission denied', 'read-only folder, new file')
   shell('chmod 755 ' .. dir)
   eq(torch.load(path), 'through the link', 'untouched')
else
   print('skipped: permissions do not bind root')
end
do -- a file that can be written, in a folder that cannot: in place, which is said once
   local ffi = require 'ffi'
   ffi.cdef 'int seteuid(unsigned);'
   local root, said, stderr = shell('id -u') == '0', {}, io.stderr
   shell('chmod 666 ' .. path .. '; chmod 555 ' .. dir)
   if root then assert(ffi.C.seteuid(65534) == 0) end
   io.stderr = {write = function(_, ...) said[#said + 1] = table.concat{...} end}
   local ok, why = pcall(function()
      torch.save(path, {'in place', ('x'):rep(1000)})
      torch.save(path, 'in place')
   end)
   io.stderr = stderr
   if root then assert(ffi.C.seteuid(0) == 0) end
   shell('chmod 755 ' .. dir)
   eq(why, nil, 'read-only folder')
   eq(torch.load(path), 'in place', 'read-only folder: written')
   eq(#said, 1, 'said once')
   eq((said[1] or ''):match('x.t7 is not writable: the file is written in place') ~= nil, true, 'what is said')
   torch.save(path, 'through the link')
end
-- a file in the current folder
do
   local here = 'test_serialization.tmp.t7'
   torch.save(here, {3})
   eq(torch.load(here), {3}, 'current folder')
   os.remove(here)
end
-- a full disk, for real
do
   local mount = dir .. '/small'
   shell('mkdir ' .. mount)
   if shell('mount -t tmpfs -o size=1m tmpfs ' .. mount .. ' 2>/dev/null && echo yes') == 'yes' then
      local target = mount .. '/x.t7'
      torch.save(target, 'precious')
      raises(function() torch.save(target, torch.FloatTensor(1e6)) end, 'small/x%.t7.*No space left', 'full disk')
      raises(function() torch.save(target, ('x'):rep(1e6 + 1e5)) end, 'No space left', 'full disk, string')
      eq(torch.load(target), 'precious', 'the old file stays')
      eq(shell('ls -A ' .. mount), 'x.t7', 'nothing left behind')
      shell('umount ' .. mount)
      if shell('mount -t tmpfs -o size=1m,ro tmpfs ' .. mount .. ' 2>/dev/null && echo yes') == 'yes' then
         raises(function() torch.save(target, 1) end, 'Read%-only file system', 'read-only file system')
         shell('umount ' .. mount)
      end
   else
      print('skipped: the test of a full disk needs to mount a tmpfs')
   end
end

---------------------------------------------------------------- broken and hostile input

raises(function() torch.load(dir .. '/none') end, 'cannot open <.*none>.*No such file', 'missing file')
raises(function() torch.load(dir) end, 'Is a directory', 'load a folder')
raises(function() torch.load(path, 'text') end, 'mode must be', 'load mode')
spit(tensor_bytes:sub(1, -3))
raises(function() torch.load(path) end, 'x%.t7>, byte offset %d+', 'names the file and the offset')
-- Reading costs what is there, not what is claimed: KB that Lua takes, and blocks and bytes of TH, while f runs, against the
-- length of the input.
local function costs_little(length, f)
   collectgarbage('stop')
   local kb, before = collectgarbage('count'), torch.memorystats()
   f()
   local after = torch.memorystats()
   kb = collectgarbage('count') - kb
   collectgarbage('restart')
   local blocks = after.hits + after.misses - before.hits - before.misses
   return kb <= 64 + length / 8 and blocks <= 64 + length / 8 and after.inUse - before.inUse <= 65536 + 64 * length,
      ('%d KB of Lua, %d blocks of TH, %d bytes for %d bytes'):format(kb, blocks, after.inUse - before.inUse, length)
end
local function bad(s, pattern, what, mode)
   local before = objects()
   local little, why = costs_little(#s, function() raises(function() torch.deserialize(s, mode) end, pattern, what) end)
   ok(little, what .. ': ' .. why)
   eq(objects(), before, what .. ': memory')
end
bad('', 'read 0 blocks.*byte offset 0', 'nothing')
bad(bytes '63000000', 'unknown object type 99.*byte offset 4', 'type')
bad(bytes '02000000 FFFFFF7F 616263', 'read 3 blocks instead of 2147483647', 'long string')
bad(bytes '02000000 FFFFFFFF', 'string of %-1 bytes', 'negative string')
bad(bytes '03000000 01000000 FFFFFFFF', 'table of %-1 entries', 'negative table')
bad(bytes '03000000 01000000 FFFFFF7F', 'read 0 blocks', 'large table')
bad(bytes '03000000 00000000 01000000', 'object index 0', 'index')
bad(bytes '03000000 01000000 01000000 00000000 05000000 01000000', 'key is nil', 'nil key')
bad(bytes '03000000 01000000 01000000 01000000 000000000000F87F 05000000 01000000', 'key is nan', 'nan key')
bad('4\n1\n3\nV x\n', "object version", 'version', 'ascii')
bad('4\n1\n3\nV 1\n7\nnn.Nope\n', 'unknown Torch class <nn.Nope>.*byte offset', 'class', 'ascii')
bad('4\n1\n3\nV 1\n14\ntorch.DiskFile\n', 'unknown Torch class', 'files are not objects', 'ascii')
bad('4\n1\n3\nV 1\n14\ntorch.PipeFile\n', 'unknown Torch class', 'nor pipes', 'ascii')
bad('4\n1\n3\nV 1\n15\ntorch.TestPlain\n1\n5\n', 'fields of a torch.TestPlain are a number', 'fields', 'ascii')
bad('8\n1\n3\nabc\n1\n5\n', 'upvalues', 'upvalues', 'ascii')
local function tensor(dims, sizes, strides, offset, storage)
   return ('4\n1\n3\nV 1\n18\ntorch.DoubleTensor\n%s\n%s\n%s\n%s\n%s'):format(dims, sizes, strides, offset,
      storage or '4\n2\n3\nV 1\n19\ntorch.DoubleStorage\n3\n1 2 3\n')
end
eq(torch.deserialize(tensor(1, 3, 1, 1), 'ascii'):totable(), {1, 2, 3}, 'the template is good')
eq(torch.deserialize(tensor(2, '1000 2', '0 1', 2), 'ascii'):size(1), 1000, 'stride 0 is good')
bad(tensor(-2, '', '', 1), 'tensor of %-2 dimensions', 'dimensions', 'ascii')
bad(tensor(2000000000, '', '', 1), 'tensor of 2000000000 dimensions', 'many dimensions', 'ascii')
bad(tensor(1, 4, 1, 1), 'reaches element 4 of its storage of 3', 'outside', 'ascii')
bad(tensor(1, 2, 5, 1), 'reaches element 6', 'stride', 'ascii')
bad(tensor(1, 2, 1, 3), 'reaches element 4', 'offset', 'ascii')
bad(tensor(1, 1, 1, -5), 'offset %-5 outside', 'negative offset', 'ascii')
bad(tensor(1, 1, 1, '-9223372036854775808'), 'offset', 'smallest offset', 'ascii')
bad(tensor(1, -1, 1, 1), 'size %-1', 'negative size', 'ascii')
bad(tensor(1, 0, 1, 1), 'size 0', 'size 0', 'ascii')
bad(tensor(1, 2, -1, 1), 'stride %-1', 'negative stride', 'ascii')
bad(tensor(2, '9223372036854775807 9223372036854775807', '0 0', 1), 'too large', 'overflow of the count', 'ascii')
bad(tensor(2, '4611686018427387904 3', '4 1', 1), 'too large', 'overflow of the reach', 'ascii')
bad(tensor(1, 2, '9223372036854775807', 1), 'reaches element 9223372036854775808', 'the largest reach', 'ascii')
bad(tensor(1, 1, 1, 1, '0\n'), 'storage of 0', 'no storage', 'ascii')
bad(tensor(1, 1, 1, 1, '1\n5\n'), 'a number for its storage', 'a number for a storage', 'ascii')
bad(tensor(1, 1, 1, 1, '4\n1\n'), 'a userdata for its storage', 'itself for a storage', 'ascii')
bad(tensor(1, 1, 1, 1, '4\n2\n3\nV 1\n18\ntorch.FloatStorage\n3\n1 2 3\n'), 'torch.FloatStorage for its storage', 'type of the storage', 'ascii')
bad(tensor(1, 1, 1, 1, '4\n2\n3\nV 1\n19\ntorch.DoubleStorage\n-1\n'), 'storage of %-1', 'negative storage', 'ascii')
bad(tensor(1, 1, 1, 1, '4\n2\n3\nV 1\n19\ntorch.DoubleStorage\n1000000000000000000\n1'), 'instead of 1000000000000000000', 'huge storage', 'ascii')
-- nesting that calls read methods in each level ends in an error
local nested = {}
for i = 1, 10000 do nested[i] = ('4\n%d\n3\nV 1\n18\ntorch.DoubleTensor\n0\n1\n'):format(i) end
bad(table.concat(nested), 'levels deep', 'tensors in tensors', 'ascii')
for i = 1, 10000 do nested[i] = ('8\n%d\n1\nx\n'):format(i) end
bad(table.concat(nested), 'levels deep', 'functions in functions', 'ascii')
for i = 1, 100000 do nested[i] = ('3\n%d\n2147483647\n'):format(i) end
bad(table.concat(nested), 'read 0 blocks', 'tables in tables', 'ascii')
spit(bytes '02000000 00000040')
raises(function() local p = torch.PipeFile('cat ' .. path):binary() p:readObject() end, 'read 0 blocks instead of 1073741824', 'pipe')

-- Files that are cut at every length, and with every byte changed, load or raise; nothing is left.
local samples = {
   {torch.serialize{1, 'two', {x = true, torch.FloatTensor{{1, 2}, {3, 4}}}, torch.LongStorage{5, 6}}, 'binary'},
   {torch.serialize({1, 'two', {x = true, torch.FloatTensor{{1, 2}, {3, 4}}}, torch.LongStorage{5, 6}}, 'ascii'), 'ascii'},
   {torch.serialize(torch.TestOwn{torch.TestPlain(1), torch.ByteTensor{1}}), 'binary'},
   {torch.serialize({function(x) return samples, x end, torch.HalfTensor{1, 2}}, 'ascii'), 'ascii'},
   {torch.serialize(torch.DoubleTensor(2, 3):fill(1)), 'b32'},
}
local before, loaded, raised = objects(), 0, 0
local dear
local captured = check.captured(function()
   local function try(s, mode)
      local good
      local little, why = costs_little(#s, function() good = pcall(torch.deserialize, s, mode) end)
      if not little then dear = why end
      if good then loaded = loaded + 1 else raised = raised + 1 end
   end
   for _, sample in ipairs(samples) do
      local s, mode = sample[1], sample[2]
      for n = 0, #s - 1 do try(s:sub(1, n), mode) end
      for i = 1, #s do
         local b = s:byte(i)
         for _, v in ipairs{0, 255, 127, 128, (b + 1) % 256, (b + 255) % 256, (b + 128) % 256, 48, 57, 45, 10, 32} do
            if v ~= b then try(s:sub(1, i - 1) .. string.char(v) .. s:sub(i + 1), mode) end
         end
      end
   end
end)
ok(raised > 1000 and loaded > 100, 'both happen: ' .. raised .. ' raised, ' .. loaded .. ' loaded')
ok(not dear, 'what one costs: ' .. tostring(dear))
eq(objects(), before, 'nothing is left of ' .. raised + loaded .. ' attempts')
eq(hacked, nil, 'nothing ran')

-- Each allocation in turn fails, in the middle of reading or writing: an error, or a second attempt
-- after a collection; never a leak.
local x = {torch.FloatTensor{1, 2}, ('x'):rep(1000), {torch.TestPlain{}}}
local good = torch.serialize(x)
before = objects()
for n = 1, 40 do
   torch.failallocation(n)
   local done, why = pcall(torch.deserialize, good)
   why = not done and why
   torch.failallocation(n)
   local saved, why2 = pcall(torch.save, path, x)
   torch.failallocation(0)
   ok(done or tostring(why):find('not enough memory', 1, true), 'reading, allocation ' .. n .. ': ' .. tostring(why))
   ok(saved or tostring(why2):find('not enough memory', 1, true), 'saving, allocation ' .. n .. ': ' .. tostring(why2))
end
eq(objects(), before, 'nothing is left of failed allocations')
eq(shell('ls -A ' .. dir .. ' | grep torch-save'), '', 'no temporary file either')

os.execute('rm -rf ' .. dir)
check.finish()
