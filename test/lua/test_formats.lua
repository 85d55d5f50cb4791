--- torch.formats: files of other programs: samples, round trips, what their own libraries say (where python3, or
--- TH_PYTHON, has them), damaged files. Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'torch'
local formats = require 'torch.formats'
local eq, ok, raises = check.eq, check.ok, check.error

local dir = os.tmpname()
os.remove(dir)
assert(check.succeeds('mkdir ' .. dir))
local function file(name) return dir .. '/' .. name end
local function spit(name, text)
   local f = assert(io.open(file(name), 'wb'))
   f:write(text)
   f:close()
   return file(name)
end
local function slurp(path)
   local f = assert(io.open(path, 'rb'))
   local s = f:read('*a')
   f:close()
   return s
end
local function list(x) return x:double():contiguous():view(-1):totable() end
local function same(got, want, what)
   ok(torch.typename(got) == torch.typename(want) and got:dim() == want:dim() and (want:dim() == 0 or got:isSameSizeAs(want))
      and (want:dim() == 0 or got:double():equal(want:double())), what)
end

-- ---- samples that the formats' own libraries have written, where they are at hand ----

local samples = here .. '../../../shared/samples/'
local function sample(name) return formats.open(samples .. name) end
local have_samples = io.open(samples .. 'st-all-dtypes.safetensors')
if have_samples then
   have_samples:close()
   for _, name in ipairs{'st-ok-array-form', 'st-ok-duplicate-key', 'st-ok-unaligned', 'st-ok-unpadded-unsorted'} do
      ok(sample(name .. '.safetensors'):tensors(), name)
   end
   raises(function() sample('st-bad-hole.safetensors') end, 'belong to no tensor, at byte', 'a hole')
   raises(function() sample('st-bad-scalar-shape-object.safetensors') end, 'no list of sizes', 'a shape that is none')
   local all = sample('st-all-dtypes.safetensors')
   eq(all:size(), 22, 'tensors of every type')
   for i, name in ipairs(all:names()) do ok(all:entry(i).refused or all:tensor(name), name) end
   eq(all:tensor('empty'):dim(), 0, 'no elements')
   eq(all:tensor('complex64'):size():totable(), {2, 2}, 'complex numbers are pairs')
   eq(all:metadata().format, 'pt', 'metadata')

   eq(list(torch.load(samples .. 'npy-ok-python2-L.npy')), list(torch.load(samples .. 'npy-ok-v2-order-names.npy')), 'headers of several kinds')
   eq(torch.load(samples .. 'npy-0d.npy'):size():totable(), {1}, 'a single number')
   eq(torch.load(samples .. 'npy-fortran.npy'):size():totable(), {3, 2}, 'columns first')
   raises(function() torch.load(samples .. 'npy-struct.npy') end, 'torch.load: .*records', 'records')
   raises(function() torch.load(samples .. 'npy-unicode.npy') end, "torch.load: .*'<U3'", 'texts')
   raises(function() torch.load(samples .. 'npy-bfloat16-V2.npy') end, 'raw bytes, two an element', 'V2')
   eq(torch.typename(torch.load(samples .. 'npy-bfloat16-V2.npy', nil, {bfloat16 = true})), 'torch.BFloat16Tensor', 'V2 as asked')
   eq(torch.typename(torch.load(samples .. 'npy-float8_e5m2-f1.npy')), 'torch.FloatTensor', 'a float of 8 bits')
   local unpacks, packed = pcall(torch.load, samples .. 'npz-deflated.npz')
   if not unpacks and packed:find('without zlib', 1, true) then
      print('skipped: packed arrays: this build is without zlib')
      check.finish()
   end
   local streamed = torch.load(samples .. 'npz-streamed.npz')
   ok(packed.x:size(1) == 10 and packed.y:size(1) == 3 and streamed.arr_0:size(1) == 3, 'npz')

   local all = torch.load(samples .. 'pt-all-kinds.pt')
   eq(list(all.view), {10, 12, 14, 16, 18}, 'pt: a view with an offset and strides')
   eq({all.transposed:size(1), all.transposed:stride(1)}, {3, 1}, 'pt: transposed')
   eq(torch.pointer(all.same_storage:storage():data()), torch.pointer(all.transposed:storage():data()), 'pt: one storage for two')
   eq({all.expanded:size(1), all.expanded:stride(1), all.scalar[1], all.empty:dim()}, {1000, 0, 3, 0}, 'pt: expanded, single, empty')
   eq({list(all.bf16), list(all.f8_e4m3fn), list(all.f8_e5m2), list(all.f8_e8m0)}, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}, 'pt: small floats')
   eq({list(all.u16), list(all.u32), list(all.u64)}, {{1, 65535}, {1, 4294967295}, {1}}, 'pt: unsigned')
   eq({list(all.c64), list(all.conj), list(all.neg), list(all.c32)}, {{1, 2}, {1, -2, 3, 4}, {-2, 4}, {0, 0, 0, 0}}, 'pt: complex, conjugate, negative')
   eq({list(all.bool), list(all.param), list(all.numpy), all.npfloat}, {{1, 0}, {1, 1}, {0, 1, 2}, 1.5}, 'pt: bool, a parameter, NumPy')
   eq({list(all.sparse.indices), list(all.sparse.values), all.sparse.size}, {{0, 1, 1, 0}, {1, 2}, {2, 2}}, 'pt: sparse')
   eq({list(all.csr.compressed_indices), list(all.csr.plain_indices)}, {{0, 1, 2}, {0, 1}}, 'pt: compressed rows')
   for _, q in ipairs(list(all.quantized)) do ok(math.abs(q - 1) < 1e-6, 'pt: quantised') end
   eq(all.channels_last:stride():totable(), {8, 1, 4, 2}, 'pt: channels last')
   eq(all.meta['tensor without elements'], 'torch.float32', 'pt: a tensor without elements')
   local python = all.python
   eq({python[1], python[2], python[5], python[6], python[7], python[8], python[9] == formats.none, python[10], python[11]},
      {1, -1, 2 ^ 40, 2 ^ 70, 1.5, true, true, 'a', 'ab'}, 'pt: plain values')
   eq({python[13], python[14], python[15], python[16]}, {{1, 2, 3, 4}, {1, 2}, {2, 3}, 'torch.float32'}, 'pt: tuples, a set, a size, a type')
   for _, name in ipairs{'pt-legacy-nonzip', 'pt-rezipped-deflate', 'pt-crc-zero', 'pt-align-4096'} do
      eq(list(torch.load(samples .. name .. '.pt').x), {0, 1, 2, 3, 4, 5}, name)
   end
   local state = torch.load(samples .. 'pt-checkpoint-adam.pt')
   eq({state.epoch, state.optim.state[0].step[1], state.model['0.weight']:size(1)}, {3, 1, 3}, 'pt: a checkpoint')
   raises(function() torch.load(samples .. 'pt-torchscript.pt') end, 'torch.load: .*an object of __torch__.torch.nn.modules.linear.Linear', 'pt: a program')
   eq(sample('pt-torchscript.pt'):names(), {'weight', 'bias'}, "pt: a program's tensors")

   for _, name in ipairs{'h5-default', 'h5-latest'} do
      local h = sample(name .. '.h5')
      eq({list(h:tensor('f32')), list(h:tensor('g/be')), list(h:tensor('bool'))}, {{0, 1, 2}, {0, 1}, {1, 0}}, name)
      eq({h:tensor('gzip_chunked'):sum(), h:tensor('never_written'):size(1), h:tensor('c64'):size(2)}, {4950, 5, 2}, name .. ': chunks, a fill value, complex')
      ok(h:entry('str').refused and h:entry('bf16_opaque').refused, name .. ': what is not read')
   end
   local keras = sample('keras-small.keras')
   eq({keras.kind, keras:metadata().config.class_name, keras:metadata().metadata.keras_version}, {'keras', 'Sequential', '3.15.1'}, '.keras')
   eq({keras:entry('layers/dense/vars/0').size, keras:metadata()['layers/conv2d/vars@name']}, {{72, 2}, 'c'}, '.keras: weights and names')
   local old = sample('keras-small-legacy.h5')
   eq({old.kind, old:metadata()['model_weights@layer_names']}, {'keras', {'c', 'batch_normalization', 'flatten', 'dense'}}, 'Keras 2')
   eq(list(old:tensor('model_weights/c/sequential/c/kernel')), list(keras:tensor('layers/conv2d/vars/0')), 'the same weights in both')
   eq(torch.typename(torch.load(samples .. 'keras-bfloat16.weights.h5')['layers/dense/vars/0']), 'torch.BFloat16Tensor', "Keras's bfloat16")
   eq(sample('keras-rnn.weights.h5'):entry('layers/lstm/cell/vars/0').size, {3, 8}, 'a recurrent layer')
   os.execute(('cp %s %s; cp %s %s'):format(samples .. 'h5-default.h5', file('d.h5'), samples .. 'h5-latest.h5', file('e.h5')))
else
   print('skipped: samples: there is no ' .. samples)
end

-- ---- round trips ----

local kinds = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half', 'BFloat16', 'Bool'}
local function make(kind)
   local x = torch.range(0, 11):view(3, 4)
   if kind == 'Bool' then x = x:fmod(2) end
   return x[kind:lower()](x)
end

for _, kind in ipairs(kinds) do
   local x = make(kind)
   local layouts = {plain = x, turned = x:t(), narrow = x:narrow(2, 2, 2), row = x:select(1, 2), column = x:select(2, 3),
      wide = x:narrow(1, 1, 1):expand(5, 4), empty = x.new()}
   if kind ~= 'BFloat16' then
      for name, y in pairs(layouts) do
         torch.save(file('x.npy'), y)
         same(torch.load(file('x.npy')), y, ('%s %s by .npy'):format(kind, name))
      end
      torch.save(file('x.npz'), layouts)
      for name, y in pairs(torch.load(file('x.npz'))) do same(y, layouts[name], ('%s %s by .npz'):format(kind, name)) end
   end
   torch.save(file('x.safetensors'), {deep = layouts})
   local back = torch.load(file('x.safetensors'))
   for name, y in pairs(layouts) do same(back['deep.' .. name], y, ('%s %s by .safetensors'):format(kind, name)) end
end
-- HDF5's files: tables are groups
local layers = {plain = torch.randn(3, 4), ['a b.c'] = torch.ones(1), ['é'] = torch.zeros(2), [1] = {[2] = {deep = torch.range(1, 3)}}, ['1.x'] = torch.ones(2), empty = torch.Tensor(), none = {}}
for _, kind in ipairs(kinds) do
   local x = make(kind)
   layers[kind] = {x = x, turned = x:t(), column = x:select(2, 3), wide = x:narrow(1, 1, 1):expand(5, 4)}
end
layers.many = {}
for k = 1, 300 do layers.many['n' .. k] = torch.IntTensor{k} end
torch.save(file('o.h5'), layers)
local by_path = torch.load(file('o.h5'))
for _, kind in ipairs(kinds) do
   for name, x in pairs(layers[kind]) do same(by_path[kind .. '/' .. name], x, ('%s %s by .h5'):format(kind, name)) end
end
for _, path in ipairs{'plain', 'a b.c', 'é', '1.x', 'empty'} do same(by_path[path], layers[path], path .. ' by .h5') end
same(by_path['1/2/deep'], torch.range(1, 3), 'numbers as names by .h5')
for k = 1, 300 do eq(by_path['many/n' .. k][1], k, 'many by .h5') end
do
   local f = formats.open(file('o.h5'))
   eq({f:size(), f:entry('Float/turned').mapped, f:entry('plain').offset % 64}, {4 * #kinds + 306, true, 0}, 'entries of .h5')
   torch.save(file('p.hdf5'), by_path) -- paths are names, too
   ok(slurp(file('o.h5')) == slurp(file('p.hdf5')), 'paths as names by .h5')
   torch.save(file('p.hdf5'), {})
   eq(formats.open(file('p.hdf5')):size(), 0, 'nothing by .h5')
   for what, x in pairs{['"a" is there twice'] = {a = torch.ones(1), ['a/b'] = torch.ones(1)}, ['"a//b": no part'] = {['a//b'] = torch.ones(1)}, ['"": no part'] = {[''] = torch.ones(1)},
      ['"./a": no part'] = {['./a'] = torch.ones(1)}, ['a/b is no tensor but'] = {a = {b = 3}}, ['not UTF%-8'] = {['\255'] = torch.ones(1)}, ['60,000'] = {[('x'):rep(60000)] = torch.ones(1)}} do
      raises(function() torch.save(file('q.h5'), x) end, 'torch.save: .*' .. what, what)
   end
   ok(not io.open(file('q.h5')), 'a refused .h5 does not appear')
end
-- PyTorch's files: trees of tensors and plain values; tensors that share their elements share them there
local base = torch.range(1, 12):view(3, 4)
local tree = {model = {['0.weight'] = base, ['0.row'] = base:select(1, 2), ['0.turned'] = base:t()}, step = 3, rate = 0.1, name = 'é\n', raw = '\255\0\1',
   list = {1, true, 'x', {2}, formats.none}, far = 2 ^ 40, huge = 1e300, nothing = {}, [7] = {deep = {torch.BoolTensor{1, 0}}}, empty = torch.Tensor()}
for _, kind in ipairs(kinds) do tree['k' .. kind] = make(kind):t() end
torch.save(file('x.pt'), tree)
local read = torch.load(file('x.pt'))
for _, kind in ipairs(kinds) do same(read['k' .. kind], make(kind):t(), kind .. ' by .pt') end
eq({read.step, read.rate, read.name, read.raw, read.list, read.far, read.huge, read.nothing, read.empty:dim()},
   {3, .1, 'é\n', '\255\0\1', tree.list, 2 ^ 40, 1e300, {}, 0}, 'plain values by .pt')
eq(list(read[7].deep[1]), {1, 0}, 'deep in .pt')
read.model['0.weight'][2][3] = 77
eq({read.model['0.row'][3], read.model['0.turned'][3][2]}, {77, 77}, 'shared elements by .pt')
ok(formats.open(file('x.pt')):tensor('model.0.turned')[4][3] == 12, 'by its name')
torch.save(file('t.pth'), torch.ones(2))
same(torch.load(file('t.pth')), torch.ones(2), 'a tensor by .pth')
local nn = require 'nn'
torch.save(file('net.pt'), nn.Linear(2, 2))
eq(torch.typename(torch.load(file('net.pt'))), 'nn.Linear', "a net is Torch's own, whatever the ending")
do -- a quantised tensor whose scheme is a number: a pickle in place of another, as long as it
   torch.save(file('q.pt'), {('x'):rep(300)})
   local f = io.open(file('q.pt'), 'rb')
   local bytes = f:read('*a')
   f:close()
   local function text(s) return 'X' .. string.char(#s) .. '\0\0\0' .. s end
   local pickle = '\128\2ctorch._utils\n_rebuild_qtensor\n((' .. text'storage' .. 'ctorch\nQUInt8Storage\n' .. text'0' .. text'cpu' .. 'K\2tQK\0(K\2t(K\1t(K\5' ..
      'K\1K\0ttR.'
   local at = bytes:find('\128\2', 1, true)
   raises(function() torch.load(spit('q.pt', bytes:sub(1, at - 1) .. pickle .. bytes:sub(at + #pickle))) end, 'a type of elements expected', 'a scheme that is a number')
end
local cycle = {}
cycle[1] = cycle
torch.save(file('cycle.pt'), cycle)
ok(torch.load(file('cycle.pt'))[1][1], 'so is what is within itself')
raises(function() formats.save(file('net.pt'), nn.Linear(2, 2)) end, "formats.save: PyTorch's files hold tensors", 'a net for PyTorch')

raises(function() torch.save(file('b.npy'), make('BFloat16')) end, 'torch.save: .*NumPy has no type', 'bfloat16 for NumPy')
raises(function() torch.save(file('b.npy'), {1}) end, 'torch.save: a .npy file holds one tensor', 'a table for .npy')
raises(function() torch.save(file('b.safetensors'), {a = {b = 'x'}}) end, "torch.save: a%.b is no tensor but", 'a text for safetensors')
ok(not io.open(file('b.npy')) and not io.open(file('b.safetensors')), 'a refused file does not appear')

formats.save(file('m.safetensors'), {['a "b"\n\\é'] = torch.ones(2)}, {author = 'x "y"\1', format = 'pt'})
local m = formats.open(file('m.safetensors'))
eq(m:names(), {'a "b"\n\\é'}, 'a name with everything')
eq(m:metadata(), {author = 'x "y"\1', format = 'pt'}, 'metadata there and back')
ok(tostring(m):find('author: "x', 1, true) and tostring(m):find('Double, mapped', 1, true), 'shown')

-- mapped elements: changes stay in memory, and tensors outlive their file and can grow
torch.save(file('v.npy'), torch.range(1, 4))
local v = torch.load(file('v.npy'))
os.remove(file('v.npy'))
v[2] = 7
collectgarbage()
v:resize(6)
eq({v[1], v[2], v[4], v:size(1)}, {1, 7, 4, 6}, 'a mapped tensor written and grown')

-- ---- Torch's own files stay what they are ----

torch.save(file('a.t7'), {1, 'x'})
eq(torch.load(file('a.t7')), {1, 'x'}, 't7')
torch.save(file('a.npy'), {1, 'x'}, 'binary')
eq(torch.load(file('a.npy')), {1, 'x'}, 'a mode means Torch, whatever the ending')
for _, ending in ipairs{'gguf', 'keras', 'caffemodel', 'prototxt'} do -- not Torch's own in silence
   raises(function() torch.save(file('a.' .. ending), torch.ones(2)) end, 'torch.save: .*a%.' .. ending .. ': files of that kind are read, not written', ending)
   ok(not io.open(file('a.' .. ending)), 'and nothing is there: ' .. ending)
end
torch.save(file('a.dat'), torch.ones(2), 'ascii')
eq(list(torch.load(file('a.dat'), 'ascii')), {1, 1}, 'text')
raises(function() formats.open(file('a.t7')) end, "Torch's own format", 't7 is no foreign file')
raises(function() formats.open(dir) end, 'formats.open: ', 'a folder')
raises(function() formats.open(file('nothing')) end, 'formats.open: .*No such file', 'no file')
raises(function() formats.open(spit('empty.npy', '')) end, 'empty', 'an empty file')
raises(function() formats.open(7) end, "formats.open: argument #1 %(path%)", 'no path')
raises(function() m:tensor('no') end, 'has no tensor no', 'no such tensor')
raises(function() m:tensor(9) end, 'no tensor number 8', 'no such number')
eq(m:entry('no'), nil, 'no such entry')

-- ---- headers of arrays ----

local function npy(header, data, version)
   header = header:gsub('~', (' '):rep(3))
   local length = string.char(#header % 256, math.floor(#header / 256)) .. (version and '\0\0' or '')
   return spit('h.npy', '\147NUMPY' .. string.char(version or 1) .. '\0' .. length .. header .. (data or ('\0'):rep(64)))
end
for what, header in pairs{['any order'] = "{'shape': (2,), 'descr': '<f4', 'fortran_order': False}", names = "{'descr': 'float32', 'fortran_order': False, 'shape': (2,)}",
   ['a bar'] = "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", ['='] = "{'descr': '=f4', 'fortran_order': False, 'shape': (2,),}",
   ['?'] = "{'descr': '<?', 'fortran_order': True, 'shape': (2L,), }", hexadecimal = "{'descr': '<i2', 'fortran_order': False, 'shape': (0x2,)}",
   twice = "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", comments = "{'descr': '<f4', # of 4\n 'fortran_order': False, 'shape': (2,)}"} do
   eq(torch.load(npy(header)):size():totable(), {2}, 'header: ' .. what)
end
eq(torch.load(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", nil, 3)):size(1), 2, 'version 3')
for what, header in pairs{list = "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}", ['1 for True'] = "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}",
   ['another key'] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", ['no tuple'] = "{'descr': '<f4', 'fortran_order': False, 'shape': (6)}",
   negative = "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", NUL = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\0",
   objects = "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", missing = "{'descr': '<f4', 'shape': (2,)}",
   huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9)}", ['too many'] = "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"} do
   raises(function() torch.load(npy(header)) end, 'torch.load: ', 'header: ' .. what)
end
raises(function() torch.load(npy("{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}", ('\255'):rep(16))) end, 'cannot hold', '2^64 - 1')
eq(list(torch.load(npy("{'descr': '>u4', 'fortran_order': False, 'shape': (2,)}", '\0\0\0\1\255\255\255\255'))), {1, 4294967295}, 'big end first, unsigned')
eq(list(torch.load(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", '\0\0\128\63\0\0\0\64'))), {1, 2}, 'complex')

-- ---- headers of safetensors ----

local function safe(header, n)
   local length = ''
   for k = 0, 7 do length = length .. string.char(math.floor(#header / 256 ^ k) % 256) end
   return spit('h.safetensors', length .. header .. ('\0'):rep(n))
end
eq(formats.open(safe('  {"a":{"dtype":"F32","shape":[0,4611686018427387904],"data_offsets":[0,0],"more":[{}]}}', 0)):entry('a').size[1], 0, 'blanks in front, extra fields')
for what, c in pairs{overlap = {'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', 3},
   ['bytes behind'] = {'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 3}, ['too few'] = {'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 1},
   ['a field twice'] = {'{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 2}, ['other size'] = {'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}', 2},
   ['metadata twice'] = {'{"__metadata__":{"a":"b"},"__metadata__":{"a":"b"}}', 0}, ['odd metadata'] = {'{"__metadata__":{"a":1}}', 0},
   ['negative size'] = {'{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}', 2}, fraction = {'{"a":{"dtype":"U8","shape":[2.0],"data_offsets":[0,2]}}', 2},
   BOM = {'\239\187\191{}', 0}, NUL = {'{}\0', 0}, ['no UTF-8'] = {'{"\255":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 2},
   deep = {'{"a":' .. ('['):rep(5000) .. (']'):rep(5000) .. '}', 0}, ['odd number of halves'] = {'{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2},
   cut = {'{"a":{"dtype":"U8"', 0}, word = {'{"a":nil}', 0}, surrogate = {'{"\\ud800":1}', 0}} do
   raises(function() formats.open(safe(c[1], c[2])) end, 'formats.open: .*h%.safetensors: ', 'safetensors: ' .. what)
end

-- ---- files that are none of these ----

raises(function() torch.load(spit('text.npy', 'hello, a text')) end, "torch.load: .*text%.npy: neither Torch's own format nor one that", 'a text as .npy')
raises(function() torch.load(spit('model.onnx', '\8\7\18\3abc')) end, "torch.load: .*model%.onnx: neither .* the package onnx", 'a model of ONNX')
raises(function() torch.load(spit('nothing.pt', '')) end, 'torch.load: .*nothing%.pt: the file is empty', 'an empty file')

-- ---- GGUF, by hand: two descriptions, a matrix of one block a row, a vector ----

local function little(v, width)
   local bytes = {}
   for k = 1, width do
      bytes[k] = string.char(v % 256)
      v = math.floor(v / 256)
   end
   return table.concat(bytes)
end
local function counted(text) return little(#text, 8) .. text end
local function gguf(version, size, kind, offset, data, rows)
   local head = 'GGUF' .. little(version, 4) .. little(2, 8) .. little(2, 8) .. counted('general.alignment') .. little(4, 4) .. little(64, 4)
      .. counted('words') .. little(9, 4) .. little(8, 4) .. little(2, 8) .. counted('a') .. counted('bc')
      .. counted('w') .. little(2, 4) .. little(size, 8) .. little(rows or 2, 8) .. little(kind, 4) .. little(0, 8)
      .. counted('v') .. little(1, 4) .. little(2, 8) .. little(0, 4) .. little(offset, 8)
   return spit('h.gguf', head .. ('\0'):rep(-#head % 64) .. data)
end
local rows = '\0\56' .. ('\25'):rep(16) .. '\0\184' .. ('\25'):rep(16) -- scales 0.5 and -0.5
local data = rows .. ('\0'):rep(28) .. '\0\0\128\63\0\0\0\64'
local g = formats.open(gguf(3, 32, 2, 64, data))
eq({g:metadata().words, g:names()}, {{'a', 'bc'}, {'w', 'v'}}, 'gguf: words and names')
eq({g:entry('w').type, g:entry('w').size, g:entry('v').mapped}, {'Q4_0', {2, 32}, true}, 'gguf: entries')
local w = g:tensor('w')
eq({w[1][1], w[1][17], w[2][16], w[2][32], list(g:tensor('v'))}, {.5, -3.5, -.5, 3.5, {1, 2}}, 'gguf: blocks')
for what, call in pairs{version = {9, 32, 2, 64}, row = {3, 33, 2, 64}, far = {3, 32, 2, 1000}, huge = {3, 2 ^ 52, 2, 64}} do
   raises(function() formats.open(gguf(call[1], call[2], call[3], call[4], data)) end, 'formats.open: .*h%.gguf: ', 'gguf: ' .. what)
end
raises(function() formats.open(gguf(3, 256, 16, 64, data)):tensor('w') end, 'IQ2_XXS are not read', 'gguf: a type that is not read')

-- Matrices used in the file: blocks of random bits under small scales, by products with one vector and with several.
local function blocks(n, bytes, scales)
   local parts = {}
   for k = 1, n * bytes do parts[k] = string.char(torch.random(0, (k - 1) % bytes < scales and 50 or 255)) end
   return table.concat(parts)
end
for _, kind in ipairs{{2, 32, 18, 2}, {3, 32, 20, 4}, {8, 32, 34, 2}, {12, 256, 144, 4}, {6, 32, 22, 2}, {14, 256, 210, 210}, {0, 1, 4, 0}} do
   local number, values, bytes, scales = unpack(kind)
   local columns = number == 0 and 37 or 3 * math.max(values, 64)
   local bits = number == 0 and ('\0\0\64\63'):rep(2 * 37) or blocks(2 * columns / values, bytes, scales)
   bits = bits .. ('\0'):rep(-#bits % 64)
   local f = formats.open(gguf(3, columns, number, #bits, bits .. ('\0'):rep(8)))
   local w, m, what = f:tensor('w'), f:matrix('w'), 'gguf: ' .. f:entry('w').type .. ' in place: '
   local x = torch.randn(3, columns):float()
   local most = torch.mm(torch.abs(x), torch.abs(w):t()):max() * 1e-5
   local wanted = torch.mm(x, w:t())
   ok((m:product(x) - wanted):abs():max() <= most, what .. 'vectors')
   ok((m:product(x[2]) - wanted[2]):abs():max() <= 2 * most and m:product(x[2]):dim() == 1, what .. 'one vector')
   ok((m:product(x:t():contiguous():t()) - wanted):abs():max() <= most, what .. 'strided')
   local many = torch.cat({x, x, x}, 1) -- enough of them for a matrix product
   ok((m:product(many) - torch.cat({wanted, wanted, wanted}, 1)):abs():max() <= most, what .. 'many vectors')
   local r = torch.FloatTensor()
   ok(m:product(x[1], r) == r and r:size(1) == 2, what .. 'the result given')
   local y = x[1]:clone()
   ok((m:product(y, y:narrow(1, 1, 2)) - wanted[1]):abs():max() <= 2 * most, what .. 'a result in the memory of the vector')
   ok(m:rows(torch.LongTensor{2, 1, 2}):equal(w:index(1, torch.LongTensor{2, 1, 2})), what .. 'rows')
end
do -- rows for several threads, and some that are not four; zeros, and numbers of all sizes
   local bits = blocks(1027 * 8, 20, 4)
   local f = formats.open(gguf(3, 256, 3, #bits + -#bits % 64, bits .. ('\0'):rep(-#bits % 64 + 8), 1027))
   local m, w, threads = f:matrix('w'), f:tensor('w'), torch.getnumthreads()
   local x = torch.cmul(torch.randn(9, 256), torch.pow(10, torch.rand(9, 256):mul(12):add(-6))):float()
   x[1]:zero()
   x[2]:narrow(1, 1, 64):zero()
   local one, all
   for _, n in ipairs{1, 2, 7} do
      torch.setnumthreads(n)
      local y, z = m:product(x[2]), m:product(x)
      one, all = one or y, all or z
      ok(y:equal(one) and z:equal(all), 'gguf: products by ' .. n .. ' threads')
   end
   torch.setnumthreads(threads)
   local wanted, most = torch.mm(x, w:t()), torch.mm(torch.abs(x), torch.abs(w):t()) * 1e-5
   ok((all - wanted):abs():le(most):all() and m:product(x[1]):eq(0):all(), 'gguf: products of many rows')
   local largest = torch.abs(x[2]):view(8, 32):max(2):expand(8, 32):contiguous():view(256)
   ok((one - wanted[2]):abs():le(torch.mv(torch.abs(w), largest) * 2 ^ -16 + most[2]):all(), 'gguf: rounded to 16 bits beside the largest of 32')
   x[2][100] = 0/0
   ok(m:product(x[2]):ne(m:product(x[2])):all(), 'gguf: NaN stays')
   x[2][100] = math.huge
   ok((m:product(x[2]) * 0):ne(0):all(), 'gguf: a vector with an infinity')
end
do -- scales that are infinite: scale * (code - 8); codes 0, 8, 15 and 1
   local f = formats.open(gguf(3, 32, 2, 36 + 28, '\0\124\128\31' .. ('\136'):rep(14) .. '\0\252' .. ('\136'):rep(16) .. ('\0'):rep(28 + 8)))
   local w, huge = f:tensor('w'), math.huge
   eq({w[1][1], w[1][2], w[1][18]}, {-huge, huge, -huge}, 'gguf: an infinite scale')
   ok(w[1][17] ~= w[1][17] and w[1][3] ~= w[1][3] and w[2]:ne(w[2]):all(), 'gguf: NaN where the code stands for 0')
   ok((f:matrix('w'):product(torch.FloatTensor(32):fill(1)) * 0):ne(0):all(), 'gguf: products with infinite scales')
end
g = formats.open(gguf(3, 32, 2, 64, data))
eq({g:matrix(1):size()}, {2, 32}, 'gguf: matrix')
raises(function() g:matrix('nobody') end, 'formats.matrix: .*no tensor nobody', 'gguf: no such matrix')
raises(function() g:matrix('v') end, 'formats.matrix: v has 1 dimensions', 'gguf: a vector is no matrix')
raises(function() g:matrix('w'):product(torch.FloatTensor(31)) end, 'argument #1 %(x%): vectors of 32', 'gguf: wrong width')
raises(function() g:matrix('w'):product(torch.FloatTensor(32):zero():requiresGrad()) end, 'product: argument #1 %(x%): the tensor is recorded', 'gguf: a recorded vector')
raises(function() g:matrix('w'):product(torch.DoubleTensor(32)) end, 'argument #1 %(x%): torch.FloatTensor', 'gguf: wrong type')
raises(function() g:matrix('w'):product(torch.FloatTensor(32), torch.FloatTensor(2, 2):t()[1]) end, 'argument #2 %(r%): contiguous', 'gguf: wrong result')
raises(function() g:matrix('w'):rows(torch.LongTensor{3}) end, 'row 3 out of range of 2', 'gguf: no such row')
os.rename(gguf(3, 32, 2, 64, data), file('d.gguf'))

-- ---- Caffe, by hand ----

local function varint(v)
   local bytes = ''
   while v >= 128 do
      bytes = bytes .. string.char(v % 128 + 128)
      v = math.floor(v / 128)
   end
   return bytes .. string.char(v)
end
local function field(number, text) return varint(number * 8 + 2) .. varint(#text) .. text end
local floats = '\0\0\128\63\0\0\0\64\0\0\64\64\0\0\128\64' -- 1, 2, 3, 4
local blob = field(7, field(1, '\2\2')) .. field(5, floats)
local old_blob = '\8\1\16\1\24\2\32\2' .. field(5, floats)
local layer = field(1, 'c') .. field(2, 'Convolution') .. field(3, 'data') .. field(4, 'c') .. field(7, blob) .. field(7, old_blob)
local model = field(1, 'net') .. field(100, field(1, 'data') .. field(2, 'Input')) .. field(100, layer)
local caffe = formats.open(spit('d.caffemodel', model))
eq({caffe.kind, caffe:names(), caffe:entry('c.1').size}, {'caffe', {'c.0', 'c.1'}, {1, 1, 2, 2}}, 'caffemodel: blobs')
eq({list(caffe:tensor('c.0')), list(caffe:tensor(2))}, {{1, 2, 3, 4}, {1, 2, 3, 4}}, 'caffemodel: numbers')
local about = caffe:metadata()
eq({about.name, about.layer[1].type, about.layer[2].bottom, about.layer[2].blobs[1]:size(1)}, {'net', 'Input', {'data'}, 2}, 'caffemodel: layers')
raises(function() formats.open(spit('h.caffemodel', field(100, field(1, 'c') .. field(7, field(7, field(1, '\9')) .. field(5, floats))))) end, '9 numbers in 16 bytes',
   'caffemodel: sizes that do not fit')
raises(function() formats.open(spit('h.caffemodel', model:sub(1, -3))) end, 'formats.open: ', 'caffemodel: cut short')
local proto = torch.load(spit('h.prototxt', [[
name: "a" 'b' # two pieces
layer { name: "c" type: "Pooling" bottom: "x" bottom: 'y' pooling_param: { pool: MAX kernel_size: 3 stride: -0x2 } }
layer < name: "d" ratio: 1.5e-1 big: 1.5f yes: true no: false, dim: [1, 2, 3]; none: [] >
]]))
eq(proto, {name = 'ab', layer = {{name = 'c', type = 'Pooling', bottom = {'x', 'y'}, pooling_param = {pool = 'MAX', kernel_size = 3, stride = -2}},
   {name = 'd', ratio = .15, big = 1.5, yes = true, no = false, dim = {1, 2, 3}, none = {}}}}, 'prototxt')
for what, text in pairs{['no end'] = 'a {', ['no colon'] = 'a 1', ['no value'] = 'a:', ['open text'] = 'a: "x', ['too many ends'] = 'a: 1 }', deep = ('a{'):rep(3000)} do
   raises(function() formats.open(spit('h.prototxt', text)) end, 'prototxt: ', 'prototxt: ' .. what)
end

-- ---- damaged files: an answer or an error ----

local function damage(name, use)
   if not io.open(file(name)) then return end -- a sample
   local text = slurp(file(name))
   for at = 1, #text, math.max(1, math.floor(#text / 400)) do
      local path = spit('bad.' .. name, text:sub(1, at - 1) .. string.char((text:byte(at) + 91) % 256) .. text:sub(at + 1))
      local done, why = pcall(use, path)
      ok(done or tostring(why):find('bad.' .. name, 1, true) or tostring(why):find('formats'), ('%s, byte %d: %s'):format(name, at, tostring(why)))
      path = spit('bad.' .. name, text:sub(1, at - 1))
      ok(not pcall(use, path) or name:find('npz') or name:find('h5') or name:find('caffe'), name .. ' cut at ' .. at)
   end
end
torch.save(file('d.npy'), torch.range(1, 4))
check.error(function() torch.save(file('none.safetensors'), {__metadata__ = torch.ones(1)}) end, "'__metadata__' is no name", 'safetensors')
for _, ending in ipairs{'npz', 'safetensors', 'h5'} do
   local path, circle = file('none.' .. ending), {a = {}}
   circle.a.b = circle
   check.error(function() torch.save(path, circle) end, 'test_formats.lua:%d+: torch.save: a.b is a table that it is itself within', ending)
   check.error(function() torch.save(path, {a = {b = torch.ones(1)}, [ending == 'h5' and 'a/b' or 'a.b'] = torch.ones(1)}) end, 'two tensors have the name a.b', ending)
   check.error(function() torch.save(path, {torch.ones(1), ['1'] = torch.ones(1)}) end, 'two tensors have the name 1', ending)
   check.error(function() torch.save(path, {['a\0b'] = torch.ones(1)}) end, 'a name with a byte 0', ending)
   torch.save(path, {})
   eq(torch.load(path), {}, 'a file of no tensors, ' .. ending)
end
torch.save(file('d.npz'), {a = torch.range(1, 4), b = torch.ones(2, 2):float()})
torch.save(file('d.safetensors'), {a = torch.range(1, 4), b = torch.ones(2, 2):float()})
torch.save(file('d.pt'), {a = torch.range(1, 4), b = {torch.ones(2, 2):float(), 'x', 2.5}})
for _, name in ipairs{'d.npy', 'd.npz', 'd.safetensors', 'd.pt', 'd.gguf', 'd.h5', 'e.h5', 'd.caffemodel'} do
   damage(name, function(path)
      local f = formats.open(path)
      formats.show(f)
      return f:tensors(), f:metadata()
   end)
end

-- ---- th --show ----

local th = arg[-1] or 'th'
local p = io.popen(('%s --show %s 2>&1'):format(th, file('d.safetensors')))
local shown = p:read('*a')
p:close()
ok(shown:find('safetensors, 2 tensors', 1, true) and shown:find('a     F64   4', 1, true), 'th --show')

-- ---- their own libraries ----

local function run(needs, program)
   local python = os.getenv('TH_PYTHON') or 'python3'
   if not check.succeeds(("%s -c 'import %s' > /dev/null 2>&1"):format(python, needs)) then
      print(('skipped: files of %s: %s has no such modules'):format(needs, python))
      return false
   end
   return ok(check.succeeds(('%s %s %s'):format(python, spit('program.py', 'import sys\nf = sys.argv[1] + "/"\n' .. program), dir)), needs .. ' agrees')
end

torch.save(file('o.npy'), torch.range(1, 6):view(2, 3):t())
torch.save(file('o.npz'), {a = torch.LongTensor{1, 2}, b = torch.ones(2, 2):float(), c = torch.BoolTensor{1, 0, 1}})
if run('numpy', [=[
import numpy as n
assert n.load(f + 'o.npy').tolist() == [[1, 4], [2, 5], [3, 6]]
z = n.load(f + 'o.npz')
assert z['a'].dtype == n.int64 and z['b'].dtype == n.float32 and z['c'].tolist() == [True, False, True]
import zipfile
with zipfile.ZipFile(f + 'o.npz', 'a') as z: z.writestr('read me.txt', 'x'), z.writestr('folder/', '')
n.savez_compressed(f + 'theirs.npz', u=n.array([1, 65535], dtype='u2'), c=n.array([1 + 2j]), h=n.array([1.5], dtype='f2'))
]=]) then
   local t = torch.load(file('theirs.npz'))
   eq({list(t.u), list(t.c), list(t.h)}, {{1, 65535}, {1, 2}, {1.5}}, 'npz of NumPy')
   local more = formats.open(file('o.npz'))
   eq({more:size(), more:metadata().others}, {3, {'read me.txt'}}, 'members that are no arrays are named')
   ok(tostring(more):find('others: ["read me.txt"]', 1, true), 'and shown')
end

local every = {}
for _, kind in ipairs(kinds) do every[kind] = make(kind):t() end
formats.save(file('o.safetensors'), every, {format = 'pt'})
if run('torch, safetensors.torch', [=[
import torch, safetensors.torch as s
t = s.load_file(f + 'o.safetensors')
names = dict(Byte='uint8', Char='int8', Short='int16', Int='int32', Long='int64', Float='float32', Double='float64', Half='float16', BFloat16='bfloat16', Bool='bool')
for k, v in names.items():
    want = torch.arange(12.).view(3, 4)
    want = (want % 2 if k == 'Bool' else want).to(getattr(torch, v)).t()
    assert t[k].dtype == want.dtype and torch.equal(t[k], want), k
torch.manual_seed(1)
d = {'r': torch.randn(3, 5), 'b': torch.randn(7).bfloat16(), 's': torch.tensor(2.5), 'e': torch.zeros(0, 3), 'f8': torch.tensor([1.5, -448., 0.015625]).to(torch.float8_e4m3fn)}
s.save_file(d, f + 'theirs.safetensors')
import numpy as n
n.savez(f + 'theirs-same.npz', **{k: v.float().numpy() for k, v in d.items()})
]=]) then
   local t, n = torch.load(file('theirs.safetensors')), torch.load(file('theirs-same.npz'))
   for k, v in pairs(n) do eq(v:dim() == 0 and {} or list(t[k]), v:dim() == 0 and {} or list(v), 'safetensors of its library: ' .. k) end
end

if run('torch', [=[
import torch, collections
d = torch.load(f + 'x.pt', weights_only=True)
names = dict(Byte='uint8', Char='int8', Short='int16', Int='int32', Long='int64', Float='float32', Double='float64', Half='float16', BFloat16='bfloat16', Bool='bool')
for k, v in names.items():
    want = torch.arange(12.).view(3, 4)
    want = (want % 2 if k == 'Bool' else want).to(getattr(torch, v)).t()
    assert d['k' + k].dtype == want.dtype and torch.equal(d['k' + k], want), k
m = d['model']
assert m['0.turned'].data_ptr() == m['0.weight'].data_ptr() and torch.equal(m['0.row'], m['0.weight'][1])
assert (d['step'], d['rate'], d['name'], d['raw'], d['far'], d['huge'], d['nothing']) == (3, .1, 'é\n', b'\xff\0\1', 2**40, 1e300, {})
assert d['list'] == [1, True, 'x', [2], None] and d[7]['deep'][0].tolist() == [True, False] and d['empty'].numel() == 0
mapped = torch.load(f + 'x.pt', weights_only=True, mmap=True)
assert torch.equal(mapped['kFloat'], d['kFloat'])
torch.manual_seed(3)
t = collections.OrderedDict(w=torch.randn(5, 7), b=torch.randn(4).bfloat16(), h=torch.randn(3).half(), t=torch.randn(2, 3, 4).transpose(0, 2), n=torch.nn.Parameter(torch.randn(2)))
t.update({'x%d' % i: torch.full((2,), float(i)) for i in range(300)})
torch.save({'state': t, 'epoch': 4}, f + 'theirs.pt')
torch.save({'state': t, 'epoch': 4}, f + 'legacy.pt', _use_new_zipfile_serialization=False)
torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3)), f + 'module.pt')
torch.save({k: v.float().detach().contiguous() for k, v in t.items()}, f + 'same.pt')
]=]) then
   local want, all = torch.load(file('same.pt')), {torch.load(file('theirs.pt')), torch.load(file('legacy.pt'))}
   for i, t in ipairs(all) do
      eq(t.epoch, 4, 'epoch')
      for k, v in pairs(want) do eq({t.state[k]:size():totable(), list(t.state[k])}, {v:size():totable(), list(v)}, ('PyTorch\'s %d: %s'):format(i, k)) end
   end
   eq({torch.typename(all[1].state.b), torch.typename(all[1].state.h)}, {'torch.BFloat16Tensor', 'torch.HalfTensor'}, 'types')
   raises(function() torch.load(file('module.pt')) end, 'an object of torch.nn.modules.container.Sequential', 'a whole module')
   local module = formats.open(file('module.pt'))
   eq(module:names(), {'0.weight', '0.bias'}, 'whose tensors are listed')
   eq(module:tensor('0.weight'):size():totable(), {3, 2}, 'and read')
end

if run('numpy, h5py', [=[
import h5py, numpy as n, shutil
types = dict(Byte='u1', Char='i1', Short='i2', Int='i4', Long='i8', Float='f4', Double='f8', Half='f2', BFloat16='f4', Bool='?')
h = h5py.File(f + 'o.h5')
for k, v in types.items():
    x = n.arange(12.).reshape(3, 4)
    x = (x % 2 if k == 'Bool' else x).astype(v)
    for name, want in dict(x=x, turned=x.T, column=x[:, 2], wide=n.broadcast_to(x[0], (5, 4))).items():
        got = h[k + '/' + name]
        assert got.dtype == want.dtype and n.array_equal(got[()], want), (k, name)
assert h['1/2/deep'][()].tolist() == [1, 2, 3] and h['1.x'].shape == (2,) and h['empty'].shape == (0,) and len(h['many']) == 300 and len(h) == 17
h.close()
with h5py.File(f + 'o.h5', 'r+') as h: # it can be added to
    for i in range(20): h['new/%d' % i] = i
    h['plain'][0, 0], h['plain'].attrs['unit'] = 7, 'm'
    del h['many/n1']
]=]) then
   local f = formats.open(file('o.h5'))
   eq({f:tensor('new/19')[1], f:tensor('plain')[1][1], f:metadata()['plain@unit'], f:entry('many/n1')}, {19, 7, 'm'}, 'added to by h5py')
end

-- HDF5 of both generations: every type, every kind of chunks, groups of many links.
if run('numpy, h5py', [=[
import h5py, numpy as n
n.random.seed(2)
for lib in ('earliest', 'latest'):
    with h5py.File(f + lib + '.h5', 'w', libver=lib) as h:
        want = {}
        def put(name, x, **more):
            h.create_dataset(name, data=x, **more)
            want[name] = x
        for t in 'u1 i1 i2 u2 i4 u4 i8 f2 f4 f8 >f4 >i2'.split():
            put('t/' + t, (n.arange(12).reshape(3, 4) - (0 if 'u' in t else 3)).astype(t))
        put('plain', n.random.randn(20, 30).astype('f4'), chunks=(7, 8))
        put('deflate', n.random.randint(0, 9, (50, 30)), chunks=(8, 30), compression='gzip')
        put('shuffle', n.random.randn(5, 6, 7), chunks=(2, 3, 4), compression='gzip', shuffle=True)
        put('check', n.arange(100.), chunks=(9,), fletcher32=True)
        put('one', n.arange(10.), chunks=(10,), compression='gzip')
        put('scalar', n.float32(3))
        put('bool', n.array([True, False]))
        d = h.create_dataset('filled', (4, 5), 'f4', chunks=(2, 2), fillvalue=7)
        d[1, 1] = 1
        want['filled'] = d[...]
        h.create_dataset('none', (0, 3), 'f4')
        for k in range(60): put('many/d%d' % k, n.full((2,), k))
        h.attrs['text'] = 'naïve'
        h.attrs['names'] = n.array([b'a', b'bc'])
        h.attrs['numbers'] = n.arange(3)
        h['t'].attrs['list'] = ['x', 'yy']
    n.savez(f + lib + '.npz', **{k.replace('/', '|').replace('>', 'b'): v.astype(v.dtype.newbyteorder('<')) if v.dtype.byteorder == '>' else v for k, v in want.items()})
]=]) then
   for _, kind in ipairs{'earliest', 'latest'} do
      local f, want = formats.open(file(kind .. '.h5')), torch.load(file(kind .. '.npz'))
      for name, x in pairs(want) do
         local t = f:tensor((name:gsub('|', '/'):gsub('b([if])', '>%1')))
         same(t:double(), x:double(), kind .. ' HDF5: ' .. name)
      end
      eq(f:tensor('none'):dim(), 0, 'HDF5: no elements')
      eq({f:entry('plain').mapped, f:entry('t/f4').mapped}, {false, true}, 'HDF5: what is mapped')
      local about = f:metadata()
      eq({about.text, about.names, about.numbers, about['t@list']}, {'naïve', {'a', 'bc'}, {0, 1, 2}, {'x', 'yy'}}, 'HDF5: attributes')
   end
end

-- Every type of blocks, random bits, as gguf's own Python reads them.
if run('numpy, gguf', [=[
import gguf, numpy as np
np.random.seed(1)
w=gguf.GGUFWriter(f + 'their.gguf','test')
w.add_uint32('a.number',7); w.add_float32('a.real',.5); w.add_bool('a.yes',True); w.add_string('a.text','naïve'); w.add_array('a.list',['x','yy','']); w.add_array('a.ints',[1,2,3])
want={}
T=gguf.GGMLQuantizationType
for t in 'Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL MXFP4'.split():
    q=T[t]; bs,ts=gguf.GGML_QUANT_SIZES[q]
    raw=np.random.randint(0,256,(3,2*ts),dtype=np.uint8)
    # scales: halfs that are finite
    d=gguf.dequantize(raw,q)
    while not np.isfinite(d).all():
        bad=~np.isfinite(d).reshape(3,2,bs).all(-1)
        raw=raw.reshape(3,2,ts); raw[bad]=np.random.randint(0,256,(bad.sum(),ts),dtype=np.uint8); raw=raw.reshape(3,2*ts)
        d=gguf.dequantize(raw,q)
    w.add_tensor(t,raw,raw_dtype=q); want[t]=d.astype(np.float32)
for n,x in dict(f32=np.random.randn(2,3,4).astype('f4'), f16=np.random.randn(5).astype('f2'), f64=np.random.randn(2,2), i8=np.arange(-3,4,dtype='i1'), i16=np.arange(4,dtype='i2'), i32=np.arange(4,dtype='i4'), i64=np.arange(4,dtype='i8')).items():
    w.add_tensor(n,x); want[n]=x.astype('f8') if n=='f64' else x
w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
np.savez(f + 'their-numbers.npz',**want)
]=]) then
   local got, want = torch.load(file('their.gguf')), torch.load(file('their-numbers.npz'))
   for name, x in pairs(want) do same(got[name]:double(), x:double(), 'gguf: ' .. name) end
   local about = formats.open(file('their.gguf')):metadata()
   eq({about['a.number'], about['a.real'], about['a.yes'], about['a.text'], about['a.list'], about['a.ints']},
      {7, .5, true, 'naïve', {'x', 'yy', ''}, {1, 2, 3}}, 'gguf: descriptions')
end

os.execute('rm -r ' .. dir)
check.finish()
