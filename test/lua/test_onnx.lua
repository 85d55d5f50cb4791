--- onnx: a model written here, loaded, described and run; errors.
require 'torch'
local onnx = require 'onnx'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

-- ---- models of nn, written and read back ----

require 'nn'

-- Where TH_PYTHON names a Python that has onnx and onnxruntime, these read the models as well (test/onnx/written.py).
local python, folder, written = os.getenv('TH_PYTHON') or 'python3', os.tmpname(), 0
if not check.succeeds(("%s -c 'import numpy, onnx, onnxruntime' > /dev/null 2>&1"):format(python)) then python = nil end
if python then
   os.remove(folder)
   os.execute('mkdir ' .. folder)
end
local function keep(path, net, x, outputs)
   local all = {}
   written = written + 1
   for i, t in ipairs(torch.isTensor(x) and {x} or x) do all['in_' .. i] = t end
   for i, t in ipairs(outputs) do all['out_' .. i] = t end
   for i, t in ipairs(net:parameters() or {}) do all['w_' .. i] = t end
   torch.save(('%s/%d.npz'):format(folder, written), all)
   os.execute(('cp %s %s/%d.onnx'):format(path, folder, written))
end

local function round(what, net, x)
   local path = os.tmpname()
   net = net:float()
   for _, m in ipairs(net:listModules()) do
      if m.running_mean then m.running_mean:uniform() m.running_var:uniform():add(0.5) end
   end
   onnx.save(path, net, x)
   net:evaluate()
   local expected, got = net:forward(x), onnx.load(path):forward(x)
   if torch.isTensor(expected) then expected, got = {expected}, {got} end
   if python then keep(path, net, x, expected) end
   os.remove(path)
   for i, y in ipairs(expected) do
      ok(got[i]:isSameSizeAs(y) and (got[i] - y):abs():max() < 1e-5, what .. ': output ' .. i)
   end
end

do
   torch.manualSeed(1)
   local function random(...) return torch.randn(...):float() end
   round('vectors', nn.Sequential():add(nn.Linear(5, 7)):add(nn.Tanh()):add(nn.BatchNormalization(7)):add(nn.Dropout(0.5))
      :add(nn.Linear(7, 3, false)):add(nn.LogSoftMax()), random(4, 5))
   round('pictures', nn.Sequential():add(nn.SpatialConvolution(3, 8, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(8)):add(nn.ReLU())
      :add(nn.SpatialMaxPooling(2, 2, 2, 2):ceil()):add(nn.SpatialConvolution(8, 8, 3, 3, 2, 2, 1, 1, 8)):add(nn.LeakyReLU(0.2))
      :add(nn.SpatialAveragePooling(2, 2, 1, 1, 1, 1)):add(nn.SpatialFullConvolution(8, 4, 3, 3, 2, 2, 1, 1, 1, 1)):add(nn.ELU())
      :add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(400, 6)):add(nn.SoftMax()), random(2, 3, 13, 13))
   round('branches', nn.Sequential():add(nn.ConcatTable():add(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1)):add(nn.Identity()))
      :add(nn.CAddTable()):add(nn.Concat(2):add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1)):add(nn.GELU())):add(nn.SpatialUpSamplingNearest(2))
      :add(nn.HardTanh()):add(nn.MulConstant(3)):add(nn.Transpose({2, 3}, {3, 4})), random(2, 4, 6, 6))
   round('tables', nn.Sequential():add(nn.ParallelTable():add(nn.Linear(3, 4)):add(nn.Linear(2, 4)))
      :add(nn.ConcatTable():add(nn.CMulTable()):add(nn.JoinTable(1, 1))), {random(5, 3), random(5, 2)})
   round('words', nn.Sequential():add(nn.LookupTable(10, 6)):add(nn.View(-1, 18)):add(nn.Linear(18, 2)), torch.LongTensor{{1, 5, 10}, {2, 2, 3}})
   do -- nngraph's split
      require 'nngraph'
      local input = nn.Identity()()
      local a, b, c = nn.SplitTable(2)(input):split(3)
      local d, e = nn.ConcatTable():add(nn.Identity()):add(nn.Tanh())(a):split(2)
      round('a split', nn.gModule({input}, {nn.CMulTable(){d, e}, nn.CAddTable(){b, c}}), random(2, 3, 4))
      round('slices', nn.Sequential():add(nn.SplitTable(-1, 2)):add(nn.SelectTable(2)), random(2, 3, 4))
   end
   require 'nngraph'
   local input = nn.Identity()()
   local first, second = nn.ConcatTable():add(nn.Linear(5, 3)):add(nn.Linear(5, 4))(input):split(2)
   round('a node that is split', nn.gModule({input}, {nn.JoinTable(2){nn.Tanh()(second), first}}), random(4, 5))
   round('slices', nn.Sequential():add(nn.SplitTable(2)):add(nn.NarrowTable(2, 2)):add(nn.JoinTable(2)), random(4, 3, 5))
   round('slices counted from the end', nn.Sequential():add(nn.SplitTable(-1)):add(nn.CAddTable()), random(4, 3, 5))
   round('tables within a table', nn.Sequential():add(nn.ConcatTable():add(nn.Identity()):add(nn.ConcatTable():add(nn.Tanh()):add(nn.ReLU())))
      :add(nn.FlattenTable()), random(4, 3))
   local shared = random(200)
   local a, b = nn.Linear(5, 13), nn.Linear(13, 3)
   a.bias, b.bias = shared:narrow(1, 9, 13), shared:narrow(1, 91, 3)
   round('weights in one storage', nn.Sequential():add(a):add(b), random(4, 5))
   a, b = nn.Linear(5, 5), nn.Linear(5, 5)
   b.weight = a.weight:t()
   round('weights that are others transposed', nn.Sequential():add(a):add(b), random(4, 5))
   if python then
      check.ok(check.succeeds(('%s %s../onnx/written.py %s'):format(python, arg[0]:match('^(.*/)') or './', folder)), "ONNX's checker and ONNX Runtime read what was written")
      os.execute('rm -r ' .. folder)
   else
      os.remove(folder)
      print('skipped: models that were written, read by others: TH_PYTHON, or python3, has no onnx and onnxruntime')
   end
   local _, why = pcall(onnx.save, os.tmpname(), nn.Sequential():add(nn.Bilinear(2, 3, 4)), {torch.ones(2, 2), torch.ones(2, 3)})
   match(why, 'no ONNX form here: nn.Bilinear', 'unknown module')
   local linear, path = nn.Linear(3, 2):float(), os.tmpname()
   local function wrong(model, example, text, at)
      match(select(2, pcall(onnx.save, at or path, model, example)), 'test_onnx.lua:%d+: save: ' .. text, text)
   end
   wrong(3, random(2, 3), 'argument #2 %(model%): nn.Module expected, got number')
   wrong(linear, 'x', 'argument #3 %(example%): a tensor, or a table of tensors')
   wrong(linear, torch.FloatTensor(), 'argument #3 %(example%): it has no elements')
   wrong(linear, random(2, 5), 'argument #3 %(example%): the model does not take it: nn.Linear: argument #1 %(input%): size mismatch')
   wrong(linear, random(3), 'modules that have no ONNX form here: nn.Linear %(of a vector; the example must be a batch%)')
   wrong(nn.SplitTable(1), random(2, 3), 'modules that have no ONNX form here: nn.SplitTable %(splits the samples%)')
   wrong(nn.ConcatTable():add(nn.ConcatTable():add(nn.Identity())), random(2, 3), 'argument #2 %(model%): its output has tables within a table')
   wrong(linear, random(2, 3), '/: Is a directory', '/')
   wrong(linear, random(2, 3), '/nowhere/a: No such file', '/nowhere/a')
   if io.open('/dev/full') then wrong(linear, random(2, 3), '/dev/full: No space left', '/dev/full') end
   local frozen = nn.Dropout(0.5)
   frozen:evaluate()
   local net = nn.Sequential():add(nn.Dropout(0.5)):add(frozen)
   onnx.save(path, net, torch.randn(2, 3))
   eq(('%s %s %s'):format(net.train, net.modules[1].train, frozen.train), 'nil true false', 'modes of modules stay')
   os.remove(path)
   do
      local input = nn.Identity()()
      local a, b = nn.MapTable(nn.Identity())(nn.ConcatTable():add(nn.Identity()):add(nn.Tanh())(input)):split(2)
      _, why = pcall(onnx.save, os.tmpname(), nn.gModule({input}, {nn.MM(){a, b}}), torch.ones(2, 2, 2))
      match(why, 'no ONNX form here: nn.MapTable', 'an unknown module that gives a table')
   end
   onnx.save(path, linear, random(2, 3))
   local model = onnx.load(path)
   local function refused(f, text) match(select(2, pcall(f)), 'test_onnx.lua:%d+: ' .. text, text) end
   refused(function() model:forward(random(2, 3):view(torch.LongStorage{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3})) end,
      'forward: input "input": a model takes at most 10 dimensions, not 16')
   refused(function() model:forward{random(2, 3), random(2, 3)} end, 'forward: input number 2: the model has 1')
   refused(function() model:forward{input = random(2, 3), mask = random(2, 3)} end, "forward: the model has no input 'mask'")
   refused(function() model:forward{inptu = random(2, 3)} end, 'forward: input "input" is missing, and "inptu" given')
   refused(function() model.forward(random(2, 3)) end, 'forward: onnx.Model expected as self, got torch.FloatTensor; call model:forward')
   refused(function() model:metadata(3) end, 'metadata: argument #1 %(key%): string expected, got number')
   refused(function() local m = onnx.load('/nowhere') return m end, 'onnx.load: /nowhere')
   refused(function() local net = require 'nn.import'.keras('/nowhere.keras') return net end, 'import.keras: ')
   local file = torch.MemoryFile()
   file:writeObject(model)
   file:seek(1)
   eq(file:readObject():forward(torch.ones(1, 3)):eq(model:forward(torch.ones(1, 3))):min(), 1, 'a model in a file is opened again')
   os.remove(path)
   _, why = pcall(onnx.load, 'x', {optimise = false})
   match(why, "load: argument #2 %(options%): no option 'optimise'; did you mean 'optimize'", 'an unknown option')
end

do -- a limit of memory
   local before = onnx.memoryLimit()
   ok(before > 2 ^ 20, 'a limit by the machine')
   eq(onnx.memoryLimit(2 ^ 23), 2 ^ 23, 'another limit')
   local path = os.tmpname()
   onnx.save(path, nn.Sequential():add(nn.SpatialUpSamplingNearest(64)):add(nn.ReLU()), torch.ones(1, 1, 8, 8):float())
   local model = onnx.load(path)
   os.remove(path)
   eq(model:forward(torch.ones(1, 1, 8, 8)):nElement(), 2 ^ 18, 'below the limit')
   match(select(2, pcall(model.forward, model, torch.ones(32, 1, 8, 8))),
      'forward: node .*: not enough memory: a result of %[32 x 1 x 512 x 512%] float takes 33554432 bytes', 'beyond the limit')
   eq(onnx.memoryLimit(0), before, 'the first limit again')
   match(select(2, pcall(onnx.memoryLimit, 'x')), 'memoryLimit: argument #1 %(bytes%): a number that is not negative expected, got x', 'a wrong limit')
end

do -- where there is no memory garbage is collected, which on a trace never ends: what calls the library is not compiled
   local path, recorded, compiled = os.tmpname(), {}, 0
   onnx.save(path, nn.Sequential():add(nn.Linear(3, 4)):float(), torch.ones(2, 3):float())
   local model, x = onnx.load(path), torch.ones(2, 3)
   local function record(trace, f)
      local file = type(f) == 'function' and debug.getinfo(f, 'S').source:match('onnx/(%a+)%.lua$')
      recorded[trace] = recorded[trace] or file == 'init' or file == 'graph'
   end
   local function note(what, trace)
      if what == 'stop' and recorded[trace] then compiled = compiled + 1 end
      recorded[trace] = nil
   end
   jit.attach(record, 'record')
   jit.attach(note, 'trace')
   for _ = 1, 300 do model:forward(x) end
   for _ = 1, 100 do onnx.graph(path) end
   jit.attach(record)
   jit.attach(note)
   os.remove(path)
   eq(compiled, 0, 'traces with functions of onnx that were compiled')
end

do -- weights lie anywhere in a file
   local path, x = os.tmpname(), torch.randn(2, 16, 8, 8):float()
   local net = nn.Sequential():add(nn.SpatialConvolution(16, 32, 3, 3)):add(nn.SpatialBatchNormalization(32)):add(nn.ReLU())
      :add(nn.SpatialConvolution(32, 40, 3, 3)):add(nn.SpatialBatchNormalization(40)):add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(640, 9)):float()
   net:evaluate()
   onnx.save(path, net, x)
   local f, expected = io.open(path, 'rb'), net:forward(x)
   local text = f:read('*a')
   f:close()
   for shift = 0, 3 do
      f = io.open(path, 'wb')
      f:write(require 'onnx.message'.bytes(2, ('x'):rep(shift)), text) -- the producer's name
      f:close()
      for _, optimize in ipairs{true, false} do
         ok((onnx.load(path, {optimize = optimize}):forward(x) - expected):abs():max() < 1e-5, 'weights after ' .. shift .. ' bytes more')
      end
      local weights = 0
      for _, w in pairs(onnx.graph(path).weights) do weights = weights + w:nElement() end
      eq(weights > 16 * 32 * 9 + 32 * 40 * 9 + 640 * 9, true, 'weights looked at')
      local again = onnx.load(path):toNN()
      again:evaluate()
      ok((again:forward(x) - expected):abs():max() < 1e-5, 'weights as a net after ' .. shift .. ' bytes more')
   end
   os.remove(path)
end

do -- the guide names every operator
   local project = (arg[0]:match('^(.*/)') or './') .. '../../'
   local guide, missing = io.open(project .. 'docs/onnx.md'):read('*a'), {}
   for line in io.popen('cat ' .. project .. 'onnx/*.c'):lines() do
      for name in line:gmatch('{"(%u%w+)", op_%w+, %d') do
         if not guide:find('%f[%w]' .. name .. '%f[%W]') then missing[#missing + 1] = name end
      end
   end
   eq(table.concat(missing, ' '), '', 'operators that docs/onnx.md leaves out')
end

-- ---- a model as bytes ----

local message = require 'onnx.message'
local int, bytes = message.int, message.bytes

local function node(kind, inputs, outputs)
   local parts = {}
   for _, name in ipairs(inputs) do parts[#parts + 1] = bytes(1, name) end
   for _, name in ipairs(outputs) do parts[#parts + 1] = bytes(2, name) end
   return bytes(1, table.concat(parts) .. bytes(4, kind))
end
local function declared(field, name, kind, ...)
   local dims = {}
   for _, size in ipairs{...} do dims[#dims + 1] = bytes(1, type(size) == 'number' and int(1, size) or bytes(2, size)) end
   return bytes(field, bytes(1, name) .. bytes(2, bytes(1, int(1, kind) .. bytes(2, table.concat(dims)))))
end
local function write(graph)
   local path = os.tmpname()
   local f = io.open(path, 'wb')
   f:write(int(1, 8), bytes(7, graph), bytes(8, int(2, 17)), bytes(14, bytes(1, 'author') .. bytes(2, 'me')))
   f:close()
   return path
end

local FLOAT, LONG = 1, 7

do -- one output: the tensor itself; numbers of another type are converted
   local path = write(node('Add', {'x', 'y'}, {'s'}) .. node('Relu', {'s'}, {'r'}) .. declared(11, 'x', FLOAT, 'n', 2) ..
      declared(11, 'y', FLOAT, 2) .. declared(12, 'r', FLOAT, 'n', 2))
   local model = onnx.load(path)
   eq(#model.inputs, 2, 'inputs')
   eq(model.inputs[1].name, 'x', 'name')
   eq(model.inputs[1].type, 'float', 'type')
   eq(table.concat(model.inputs[1].size, ' '), 'n 2', 'sizes')
   eq(model:metadata('author'), 'me', 'metadata')
   eq(model:metadata('nobody'), nil, 'no metadata')
   match(tostring(model), 'in   x: float %[n x 2%]', 'printed')
   local x, y = torch.FloatTensor{{1, -2}, {3, 4}}, torch.FloatTensor{1, 1}
   local r = model:forward{x = x, y = y}
   eq(torch.type(r), 'torch.FloatTensor', 'class')
   eq(table.concat(r:view(-1):totable(), ' '), '2 0 4 5', 'by name')
   eq(table.concat(model:forward{x, y}:view(-1):totable(), ' '), '2 0 4 5', 'in a list')
   eq(table.concat(model{x:double(), y:long()}:view(-1):totable(), ' '), '2 0 4 5', 'converted')
   eq(table.concat(model{x:t(), y}:view(-1):totable(), ' '), '2 4 0 5', 'transposed')
   match(select(2, pcall(model.forward, model, {x = x})), 'input "y" is missing', 'missing')
   match(select(2, pcall(model.forward, model, {x, torch.ones(3)})), "input 'y': shape %[2%] is expected, not %[3%]", 'shape')
   match(select(2, pcall(model.forward, model, {x, 'y'})), 'tensor expected, got string', 'no tensor')
   os.remove(path)
end

do -- several outputs, and one without dimensions
   local path = write(node('Shape', {'x'}, {'shape'}) .. node('Size', {'x'}, {'size'}) .. declared(11, 'x', FLOAT, 'a', 'b') ..
      declared(12, 'shape', LONG, 2) .. declared(12, 'size', LONG))
   local model = onnx.load(path)
   local r = model:forward(torch.zeros(4, 5))
   eq(table.concat(r.shape:totable(), ' '), '4 5', 'by name')
   eq(r[2][1], 20, 'in order')
   ok(r[1] == r.shape, 'both are one')
   os.remove(path)
end

do -- graphs as they are in the file
   local kind = require 'onnx.message'
   local nodes = bytes(1, bytes(1, 'x') .. bytes(1, '') .. bytes(2, 'y') .. bytes(4, 'Strange') .. bytes(7, 'their.own') ..
      bytes(5, kind.attribute('axis', -1)) .. bytes(5, kind.attribute('pads', {1, 2})) .. bytes(5, kind.attribute('alpha', {float = 0.5})) ..
      bytes(5, kind.attribute('mode', 'linear')) .. bytes(5, bytes(1, 'body') .. bytes(6, node('Abs', {'x'}, {'b'})) .. int(20, 5)))
   local path = write(nodes .. bytes(5, kind.tensor('w', torch.LongTensor{{1, 2}})) .. declared(11, 'x', FLOAT, 'n', 2) .. declared(12, 'y', FLOAT))
   local g = onnx.graph(path)
   local n = g.nodes[1]
   eq(#g.nodes .. ' ' .. n.kind .. ' ' .. n.domain, '1 Strange their.own', 'an operator that nobody knows')
   eq(table.concat(n.inputs, ',') .. ' ' .. n.outputs[1], 'x, y', 'inputs and outputs')
   eq(n.attributes.axis, -1, 'a number')
   eq(table.concat(n.attributes.pads, ' '), '1 2', 'a list')
   eq(n.attributes.alpha, 0.5, 'a float')
   eq(n.attributes.mode, 'linear', 'a text')
   eq(n.attributes.body.nodes[1].kind, 'Abs', 'a graph')
   eq(g.opset .. ' ' .. g.inputs[1].name .. ' ' .. table.concat(g.inputs[1].size, ' ') .. ' ' .. g.outputs[1].name, '17 x n 2 y', 'declared')
   eq(torch.type(g.weights.w) .. ' ' .. table.concat(g.weights.w:view(-1):totable(), ' '), 'torch.LongTensor 1 2', 'a weight')
   os.remove(path)
   path = write(bytes(5, int(2, 14) .. bytes(8, 'c') .. bytes(9, ('\0'):rep(8))))
   match(select(2, pcall(onnx.graph, path)), 'onnx.graph: ' .. path:gsub('%p', '%%%0') .. ': c: elements of kind 14', 'elements that are not read')
   path = write(bytes(5, int(1, 2) .. int(2, 4) .. bytes(8, 'u') .. bytes(9, '\255\255\1\0')))
   eq(table.concat(onnx.graph(path).weights.u:totable(), ' '), '65535 1', 'elements of the next type')
   path = write(bytes(5, int(1, 2) .. int(2, 8) .. bytes(8, 't') .. bytes(6, 'a') .. bytes(6, 'bc')))
   eq(table.concat(onnx.graph(path).weights.t, ' '), 'a bc', 'texts')
   os.remove(path)
   match(select(2, pcall(onnx.graph, '/')), 'onnx.graph: /: / is a directory', 'a folder')
   match(select(2, pcall(onnx.graph)), 'graph: argument #1 %(path%): string expected, got nil', 'no path')
end

do -- refusals
   local path = write(node('Nonsense', {'x'}, {'y'}) .. declared(11, 'x', FLOAT, 1) .. declared(12, 'y', FLOAT, 1))
   match(select(2, pcall(onnx.load, path)), 'operators that are not supported: Nonsense%-17', 'operator')
   os.remove(path)
   match(select(2, pcall(onnx.load, '/nowhere.onnx')), 'cannot open /nowhere.onnx', 'no file')
   match(select(2, pcall(onnx.load)), 'argument #1 %(path%): string expected, got nil', 'no path')
end

check.finish()
