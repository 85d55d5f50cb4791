--- onnx: nodes that are joined, packed weights and bytes give what the nodes give one by one.
require 'torch'
local ffi = require 'ffi'
local onnx = require 'onnx'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

-- ---- a model as bytes ----

local message = require 'onnx.message'
local int, bytes, float = message.int, message.bytes, message.float

local function attribute(name, v)
   if type(v) == 'table' then
      local list = {}
      for _, i in ipairs(v) do list[#list + 1] = int(8, i) end
      return bytes(5, bytes(1, name) .. table.concat(list) .. int(20, 7))
   end
   if type(v) == 'string' then return bytes(5, bytes(1, name) .. bytes(4, v) .. int(20, 3)) end
   if name == 'epsilon' or name == 'alpha' or name == 'beta' then return bytes(5, bytes(1, name) .. float(2, v) .. int(20, 1)) end
   return bytes(5, bytes(1, name) .. int(3, v) .. int(20, 2))
end
local function node(kind, inputs, output, attributes)
   local parts = {}
   for _, name in ipairs(inputs) do parts[#parts + 1] = bytes(1, name) end
   parts[#parts + 1] = bytes(2, output) .. bytes(4, kind)
   for name, v in pairs(attributes or {}) do parts[#parts + 1] = attribute(name, v) end
   return bytes(1, table.concat(parts))
end
local codes = {['torch.FloatTensor'] = 1, ['torch.CharTensor'] = 3}
local function constant(name, t)
   local dims = {}
   for d = 1, t:dim() do dims[d] = int(1, t:size(d)) end
   return bytes(5, table.concat(dims) .. int(2, codes[torch.type(t)]) .. bytes(8, name) ..
      bytes(9, ffi.string(t:data(), t:nElement() * t:elementSize())))
end
local function number(name, v) -- without dimensions
   return bytes(5, int(2, 1) .. bytes(8, name) .. bytes(9, ffi.string(ffi.new('float[1]', v), 4)))
end
local function declared(field, name, kind, ndim)
   local dims = {}
   for d = 1, ndim do dims[d] = bytes(1, bytes(2, 'n' .. d)) end
   return bytes(field, bytes(1, name) .. bytes(2, bytes(1, int(1, kind) .. bytes(2, table.concat(dims)))))
end

-- The output y of the graph for the inputs, with nodes joined and without.
local function both(what, graph, ...)
   local path = os.tmpname()
   local f = io.open(path, 'wb')
   f:write(int(1, 8), bytes(7, graph), bytes(8, int(2, 17)))
   f:close()
   local plain, joined = onnx.load(path, {optimize = false}), onnx.load(path)
   for i = 1, select('#', ...) do
      local x = select(i, ...)
      local expected, got = plain:forward(x), joined:forward(x)
      ok(got:isSameSizeAs(expected), what .. ': sizes')
      local scale = math.max(1, expected:double():abs():max())
      ok((got:double() - expected:double()):abs():max() <= 1e-5 * scale, ('%s: values, input %d'):format(what, i))
      local threads = torch.getnumthreads()
      torch.setnumthreads(threads == 1 and 2 or 1)
      ok(joined:forward(x):equal(got), what .. ': another number of threads')
      torch.setnumthreads(threads)
   end
   os.remove(path)
end

torch.manualSeed(3)
local function random(...) return torch.randn(...):float() end
local FLOAT, LONG = 1, 7
local function ends(kind, n, m) return declared(11, 'x', kind, n) .. declared(12, 'y', FLOAT, m or n) end

do -- convolutions, then maxima of windows: small ones at once, large ones some rows at a time
   local function pooled(what, w, x, conv, pool, more)
      both(what, constant('w', w) .. constant('b', random(w:size(1))) .. node('Conv', {'x', 'w', 'b'}, 'c', conv) .. node('LeakyRelu', {'c'}, 'd') ..
         node('MaxPool', {'d'}, 'y', pool) .. ends(FLOAT, x:dim()), x, unpack{more})
   end
   local two = {kernel_shape = {2, 2}, strides = {2, 2}, auto_pad = 'VALID'}
   pooled('halves', random(32, 1, 3, 3), random(1, 1, 300, 101), {pads = {1, 1, 1, 1}}, two, random(3, 1, 13, 12))
   pooled('a batch, no padding', random(20, 3, 5, 3), random(3, 3, 211, 90), {}, two)
   pooled('strides and dilations', random(24, 2, 3, 3), random(2, 2, 403, 160), {strides = {2, 1}, dilations = {3, 2}, pads = {5, 0, 2, 3}}, two)
   pooled('windows that overlap', random(17, 2, 1, 7), random(1, 2, 250, 140), {pads = {0, 3, 0, 3}}, {kernel_shape = {3, 3}, strides = {2, 2}, pads = {0, 1, 0, 1}})
   pooled('windows apart', random(16, 2, 3, 3), random(1, 2, 250, 140), {}, {kernel_shape = {2, 2}, strides = {3, 3}})
   pooled('padding of windows', random(16, 2, 3, 3), random(1, 2, 250, 140), {}, {kernel_shape = {3, 3}, strides = {2, 2}, pads = {1, 1, 1, 1}})
   pooled('a last window that reaches over', random(16, 2, 3, 3), random(1, 2, 251, 143), {}, {kernel_shape = {2, 2}, strides = {2, 2}, ceil_mode = 1})
   pooled('one tall window', random(32, 2, 3, 3), random(1, 2, 150, 120), {pads = {1, 1, 1, 1}}, {kernel_shape = {150, 1}})
end

do -- two convolutions in a row: small ones at once, large ones some rows at a time
   local function twice(what, x, w1, first, w2, second, more)
      both(what, constant('w', w1) .. constant('b', random(w1:size(1))) .. constant('v', w2) .. node('Conv', {'x', 'w', 'b'}, 'c', first) ..
         node('Relu', {'c'}, 'd') .. node('Conv', {'d', 'v'}, more and 'e' or 'y', second) .. (more or '') .. ends(FLOAT, 4), x)
   end
   for _, rows in ipairs{5, 300} do
      local x = random(2, 3, rows, 200)
      twice('3 x 3, rows ' .. rows, x, random(40, 3, 3, 3), {pads = {1, 1, 1, 1}}, random(6, 40, 3, 3), {pads = {1, 1, 1, 1}})
      twice('planes of many, rows ' .. rows, x, random(32, 3, 3, 3), {pads = {1, 1, 1, 1}}, random(32, 32, 3, 3):mul(0.1), {pads = {1, 0, 1, 2}},
         node('LeakyRelu', {'e'}, 'y'))
      twice('steps, rows ' .. rows, x, random(90, 3, 5, 1), {pads = {4, 0, 3, 0}, strides = {1, 1}}, random(5, 90, 4, 2), {pads = {1, 0, 3, 1}, strides = {3, 2}})
      twice('apart, rows ' .. rows, x, random(40, 3, 3, 3), {pads = {2, 1, 2, 1}, dilations = {2, 1}}, random(6, 40, 2, 3), {dilations = {3, 2}})
      twice('groups, rows ' .. rows, x, random(48, 1, 3, 3), {pads = {1, 1, 1, 1}, group = 3}, random(48, 1, 3, 3), {pads = {1, 1, 1, 1}, group = 48})
      twice('as large, rows ' .. rows, x, random(40, 3, 3, 3), {auto_pad = 'SAME_UPPER'}, random(6, 40, 2, 2), {auto_pad = 'SAME_LOWER'})
      twice('more padding than kernel, rows ' .. rows, x, random(40, 3, 1, 1), {pads = {2, 0, 2, 0}}, random(6, 40, 3, 3), {})
   end
   local w = random(40, 40, 1, 1) -- a result that others read, too
   both('read twice', constant('w', w) .. node('Conv', {'x', 'w'}, 'c') .. node('Conv', {'c', 'w'}, 'd') .. node('Add', {'c', 'd'}, 'y') ..
      ends(FLOAT, 4), random(1, 40, 300, 200))
   both('of its own results', node('Conv', {'x', 'x'}, 'c') .. constant('w', w) .. node('Conv', {'w', 'c'}, 'y') .. ends(FLOAT, 4), random(40, 40, 1, 1))
end

do -- convolutions: one to three dimensions, strides, dilations, padding, groups, few and many outputs
   local function conv(what, w, x, attributes, outputs)
      both(what, constant('w', w) .. constant('b', random(w:size(1))) .. node('Conv', {'x', 'w', 'b'}, 'c', attributes) ..
         node('Relu', {'c'}, 'y') .. ends(FLOAT, x:dim()), x)
   end
   for _, out in ipairs{5, 16, 17, 32, 40, 70} do
      conv('pictures, outputs ' .. out, random(out, 6, 3, 5), random(2, 6, 9, 31), {pads = {1, 2, 0, 1}})
   end
   for width = 3, 40 do conv('rows of ' .. width, random(20, 3, 2), random(3, 3, width), {}) end
   for step = 1, 5 do
      conv('steps of ' .. step, random(33, 4, 3, 3), random(1, 4, 20, 47), {strides = {2, step}, pads = {1, 1, 1, 1}})
      conv('rows, steps of ' .. step, random(33, 4, 7), random(2, 4, 90), {strides = {step}})
   end
   conv('dilated', random(16, 4, 3, 3), random(2, 4, 12, 13), {dilations = {2, 3}, pads = {2, 0, 1, 3}})
   conv('groups', random(48, 2, 3, 3), random(2, 6, 10, 10), {group = 3})
   conv('groups of few', random(24, 2, 3, 3), random(2, 6, 10, 70), {group = 3, pads = {1, 1, 1, 1}})
   conv('few outputs', random(15, 4, 3, 5), random(2, 4, 9, 80), {pads = {1, 2, 1, 2}})
   for _, step in ipairs{1, 2, 64} do
      conv('one plane, steps of ' .. step, random(36, 1, 1, 256), random(2, 1, 1, 1000), {strides = {1, step}})
      conv('one plane to one, steps of ' .. step, random(1, 1, 40), random(2, 1, 500), {strides = {step}})
   end
   conv('a plane to a plane', random(24, 1, 3, 3), random(2, 24, 10, 10), {group = 24, pads = {1, 1, 1, 1}})
   for _, side in ipairs{3, 5, 7} do -- a plane to a plane: rows, columns and padding of all kinds
      for _, size in ipairs{{1, 40}, {2, 5}, {3, 17}, {5, 16}, {6, 31}, {7, 33}, {9, 48}, {14, 3}} do
         conv(('planes of %d x %d, kernel of %d'):format(size[1], size[2], side), random(4, 1, side, 3), random(2, 4, size[1], size[2]),
            {group = 4, pads = {math.floor(side / 2), 1, math.floor(side / 2), 1}})
         conv(('planes of %d x %d, twice the outputs'):format(size[1], size[2]), random(6, 1, side, side), random(1, 3, size[1], size[2]),
            {group = 3, pads = {side - 1, 0, 1, side + 1}, strides = {2, 1}})
      end
   end
   for _, out in ipairs{16, 24, 33, 48} do -- lanes of positions, rows that end within a vector
      for _, width in ipairs{1, 7, 16, 33, 64, 90} do
         for step = 1, 3 do
            conv(('%d outputs, rows of %d, steps of %d'):format(out, width, step), random(out, 3, 2, 3), random(2, 3, 9, width),
               {pads = {1, 1, 0, 2}, strides = {step, step}})
         end
         conv(('%d outputs of %d places'):format(out, width), random(out, 9, 1, 1), random(2, 9, 11, width), {})
      end
   end
   conv('volumes', random(18, 2, 2, 3, 2), random(2, 2, 5, 6, 7), {pads = {0, 1, 1, 1, 1, 0}})
   conv('single places', random(50, 20, 1, 1), random(2, 20, 13, 17), {})
   conv('long rows', random(50, 20, 1, 1), random(1, 20, 40, 50), {})
   conv('one element', random(50, 20, 1, 1), random(2, 20, 1, 1), {})
   for _, planes in ipairs{127, 128, 129, 256, 300} do -- sums in parts
      conv('sums of ' .. planes, random(48, planes, 1, 1):mul(0.1), random(2, planes, 23, 31), {})
   end
   conv('sums in parts, groups, steps', random(64, 150, 1, 2):mul(0.1), random(1, 300, 9, 70), {group = 2, strides = {1, 2}})
   conv('more than is laid out at once', random(70, 140, 1, 1):mul(0.1), random(1, 140, 40, 50), {})
   conv('numbers too small for an exponent', random(48, 40, 1, 1), random(1, 40, 30, 30):mul(1e-39), {})
   conv('columns', random(40, 8, 5, 1), random(2, 8, 60, 1), {})
   conv('3 x 3, many planes', random(32, 32, 3, 3), random(1, 32, 12, 12), {pads = {1, 1, 1, 1}})
   conv('3 x 3 of 24 outputs', random(24, 32, 3, 3), random(1, 32, 13, 17), {pads = {1, 1, 1, 1}})
   for apart = 2, 3 do
      conv('rows ' .. apart .. ' apart', random(24, 32, 3, 3), random(2, 32, 14, 11), {pads = {1, 1, 2, 0}, dilations = {apart, 1}})
   end
   conv('no samples', random(20, 3, 2), torch.FloatTensor(1, 3, 2), {})
   conv("nothing but padding", random(20, 3, 3), torch.FloatTensor(2, 3, 1), {pads = {2, 2}})
end

do -- what follows a convolution
   local function tail(what, nodes, constants)
      for _, planes in ipairs{6, 20} do
         local c = {constant('w', random(planes, 3, 3, 3)), constant('scale', torch.rand(planes):float()), constant('mean', random(planes)),
            constant('shift', random(planes)), constant('var', torch.rand(planes):float():add(0.2)),
            constant('add', random(1, planes, 1, 1)), constant('mul', random(planes, 1, 1)), number('three', 3), number('zero', 0),
            number('six', 6), number('one', 1), number('half', 0.5), number('root', math.sqrt(2)), constant('row', random(7))}
         both(what .. ', planes ' .. planes, table.concat(c) .. node('Conv', {'x', 'w'}, 'c') .. nodes .. ends(FLOAT, 4), random(2, 3, 9, 9):mul(2))
      end
   end
   local normal = node('BatchNormalization', {'c', 'scale', 'shift', 'mean', 'var'}, 'n', {epsilon = 1e-3})
   tail('normalised', normal .. node('Relu', {'n'}, 'y'))
   tail('normalised, shifted', normal .. node('Add', {'n', 'add'}, 'a') .. node('LeakyRelu', {'a'}, 'y', {alpha = 0.3}))
   tail('scaled and normalised', node('Mul', {'mul', 'c'}, 'm') .. node('BatchNormalization', {'m', 'scale', 'shift', 'mean', 'var'}, 'y'))
   tail('a row is no plane', node('Add', {'c', 'row'}, 'y'))
   tail('clipped', node('Add', {'c', 'add'}, 'a') .. node('Clip', {'a', 'zero', 'six'}, 'y'))
   tail('clipped above', node('Clip', {'c', '', 'six'}, 'y'))
   tail('hard sigmoid', node('HardSigmoid', {'c'}, 'y', {alpha = 0.25, beta = 0.4}))
   tail('hard swish', node('HardSwish', {'c'}, 'y'))
   tail('hard swish by parts', node('Add', {'c', 'three'}, 'a') .. node('Clip', {'a', 'zero', 'six'}, 'k') .. node('Mul', {'c', 'k'}, 'm') ..
      node('Div', {'m', 'six'}, 'y'))
   tail('not quite hard swish', node('Add', {'c', 'three'}, 'a') .. node('Clip', {'a', 'zero', 'six'}, 'k') .. node('Mul', {'c', 'k'}, 'm') ..
      node('Div', {'m', 'three'}, 'y'))
   tail('gelu by parts', node('Div', {'c', 'root'}, 'd') .. node('Erf', {'d'}, 'e') .. node('Add', {'e', 'one'}, 'a') ..
      node('Mul', {'c', 'a'}, 'm') .. node('Mul', {'m', 'half'}, 'y'))
   tail('gelu, the half first', node('Div', {'c', 'root'}, 'd') .. node('Erf', {'d'}, 'e') .. node('Add', {'one', 'e'}, 'a') ..
      node('Mul', {'half', 'a'}, 'm') .. node('Mul', {'m', 'c'}, 'y'))
   tail('swish by parts', node('Sigmoid', {'c'}, 's') .. node('Mul', {'s', 'c'}, 'y'))
   tail('a sigmoid times another value', node('Sigmoid', {'c'}, 's') .. node('Mul', {'s', 'mul'}, 'y'))
   local function tanh(cubic, factor)
      return number('k', factor) .. number('q', math.sqrt(2 / math.pi)), cubic .. node('Add', {'c', 'u'}, 'v') .. node('Mul', {'q', 'v'}, 'w2') ..
         node('Tanh', {'w2'}, 'e') .. node('Add', {'e', 'one'}, 'a') .. node('Mul', {'a', 'half'}, 'm') .. node('Mul', {'c', 'm'}, 'y')
   end
   for name, factor in pairs{['gelu with tanh'] = 0.044715, ['not quite gelu with tanh'] = 0.05} do
      local constants, nodes = tanh(node('Mul', {'c', 'c'}, 'c2') .. node('Mul', {'c2', 'c'}, 'c3') .. node('Mul', {'k', 'c3'}, 'u'), factor)
      tail(name, constants .. nodes)
   end
   local constants, nodes = tanh(node('Mul', {'k', 'c'}, 'c2') .. node('Mul', {'c', 'c2'}, 'u'), 0.044715)
   tail('a square is no cube', constants .. nodes)
   tail('a copy between', node('Identity', {'c'}, 'i') .. node('Add', {'i', 'add'}, 'a') .. node('Identity', {'a'}, 'j') .. node('Relu', {'j'}, 'y'))
   tail('copies of copies, read twice', node('Identity', {'c'}, 'i') .. node('Identity', {'i'}, 'j') .. node('Relu', {'j'}, 'r') .. node('Add', {'r', 'i'}, 'y'))
   tail('a copy is the output', node('Relu', {'c'}, 'r') .. node('Identity', {'r'}, 'y'))
   do -- a graph inside reads the copy
      local yes = bytes(5, int(1, 1) .. int(2, 9) .. bytes(8, 'yes') .. bytes(9, '\1'))
      local branch = bytes(6, node('Tanh', {'i'}, 't') .. bytes(2, 'g') .. declared(12, 't', FLOAT, 4))
      local both_ways = bytes(5, bytes(1, 'then_branch') .. branch .. int(20, 5)) .. bytes(5, bytes(1, 'else_branch') .. branch .. int(20, 5))
      tail('a copy inside', yes .. node('Identity', {'c'}, 'i') .. bytes(1, bytes(1, 'yes') .. bytes(2, 'y') .. bytes(4, 'If') .. both_ways))
   end
   tail('read twice', node('Relu', {'c'}, 'r') .. node('Add', {'r', 'c'}, 'y'))
   tail('twice itself', node('Add', {'c', 'c'}, 'y'))
   tail('over its inputs', node('Exp', {'c'}, 'e') .. node('Sub', {'e', 'add'}, 's') .. node('Mul', {'mul', 's'}, 'm') .. node('Tanh', {'m'}, 'y'))
end

do -- elements taken between a convolution and what follows it
   local function between(what, nodes, constants, m)
      both(what, constant('w', random(20, 3, 1, 3)) .. constant('add', random(1, 20, 1)) .. constant('row', random(7)) .. constants ..
         node('Conv', {'x', 'w'}, 'c') .. nodes .. ends(FLOAT, 4, m), random(2, 3, 1, 9))
   end
   local squeeze, add = node('Squeeze', {'c', 'axes'}, 's'), node('Add', {'s', 'add'}, 'a')
   local function longs(name, ...)
      local n = select('#', ...)
      return bytes(5, int(1, n) .. int(2, 7) .. bytes(8, name) .. bytes(9, ffi.string(ffi.new('int64_t[?]', n, {...}), 8 * n)))
   end
   between('squeezed', squeeze .. add .. node('Relu', {'a'}, 'y'), longs('axes', 2), 3)
   between('squeezed, from the end', squeeze .. add .. node('Relu', {'a'}, 'y'), longs('axes', -2), 3)
   between('squeezed, a row added', squeeze .. node('Add', {'s', 'row'}, 'a') .. node('Relu', {'a'}, 'y'), longs('axes', 2), 3)
   local slice = node('Slice', {'c', 'first', 'last', 'axes'}, 's') .. node('Mul', {'s', 'add2'}, 'y')
   local by_plane = constant('add2', random(1, 20, 1, 1))
   between('sliced', slice, by_plane .. longs('first', 0, 1) .. longs('last', 2 ^ 31 - 1, 5) .. longs('axes', 1, 3))
   between('sliced, all planes', slice, by_plane .. longs('first', 0) .. longs('last', 20) .. longs('axes', 1))
end

do -- a softmax of rows that are all masked
   local nodes = node('Softmax', {'x'}, 's', {axis = 1}) .. node('IsNaN', {'s'}, 'n') .. node('Where', {'n', 'zero', 's'}, 'y')
   local x = random(4, 9)
   x[2]:fill(-math.huge)
   x[3]:narrow(1, 4, 5):fill(-math.huge)
   both('masked softmax', number('zero', 0) .. nodes .. ends(FLOAT, 2), x)
   both('masked by another number', number('zero', 3) .. nodes .. ends(FLOAT, 2), x)
   local path = os.tmpname()
   local f = io.open(path, 'wb')
   f:write(int(1, 8), bytes(7, number('zero', 0) .. nodes .. ends(FLOAT, 2)), bytes(8, int(2, 17)))
   f:close()
   eq(onnx.load(path):forward(x)[2]:sum(), 0, 'masked rows are 0')
   os.remove(path)
end

do -- rows with a single 1
   local function one_hot(what, counting, bias)
      local ids = torch.LongTensor{{0, 3, 6, 7, -1}, {1, 2, 2, 5, 100}}:view(2, 5, 1)
      local graph = bytes(5, int(1, 1) .. int(1, 7) .. int(2, 7) .. bytes(8, 'n') .. bytes(9, ffi.string(ffi.new('int64_t[7]', counting), 56))) ..
         constant('w', random(7, 4)) .. constant('b', random(4)) .. node('Equal', {'x', 'n'}, 'e') .. node('Cast', {'e'}, 'f', {to = 1}) ..
         node('MatMul', {'f', 'w'}, bias and 'm' or 'y') .. (bias and node('Add', {'m', 'b'}, 'y') or '')
      both(what, graph .. ends(LONG, 3), ids)
      both(what .. ', many numbers in a row', graph .. ends(LONG, 3), torch.LongTensor(2, 5, 7):fill(2))
   end
   one_hot('one-hot', {0, 1, 2, 3, 4, 5, 6})
   one_hot('one-hot with a bias', {0, 1, 2, 3, 4, 5, 6}, true)
   one_hot('one-hot from 1 on', {1, 2, 3, 4, 5, 6, 7}, true)
   one_hot('numbers in no order', {0, 2, 1, 3, 4, 5, 6})
end

do -- a few rows times a large matrix, whose columns are no whole number of vectors
   for _, m in ipairs{1, 4, 15, 40} do
      both('rows: ' .. m, constant('w', random(70, 1003)) .. constant('b', random(1003)) .. node('MatMul', {'x', 'w'}, 'm') ..
         node('Add', {'m', 'b'}, 'y') .. ends(FLOAT, 2), random(m, 70))
   end
end

do -- recurrent layers, of few samples and of many
   for kind, gates in pairs{RNN = 1, GRU = 3, LSTM = 4} do
      for before = 0, kind == 'GRU' and 1 or 0 do
         for _, direction in ipairs{'forward', 'reverse', 'bidirectional'} do
            local n = direction == 'bidirectional' and 2 or 1
            local attributes = {hidden_size = 21, direction = direction, linear_before_reset = kind == 'GRU' and before or nil}
            both(kind .. ', ' .. direction, constant('w', random(n, gates * 21, 5)) .. constant('r', random(n, gates * 21, 21):mul(0.3)) ..
               constant('b', random(n, gates * 42)) .. node(kind, {'x', 'w', 'r', 'b'}, 'y', attributes) .. ends(FLOAT, 3, 4),
               random(6, 1, 5), random(6, 5, 5), random(3, 30, 5))
         end
      end
   end
end

do -- products
   local w, b = random(9, 21), random(21)
   both('product and bias', constant('w', w) .. constant('b', b) .. node('MatMul', {'x', 'w'}, 'm') .. node('Add', {'b', 'm'}, 'a') ..
      node('Sigmoid', {'a'}, 'y') .. ends(FLOAT, 3), random(2, 5, 9), random(1, 1, 9))
   both('product and a full term', constant('w', w) .. constant('b', random(5, 21)) .. node('MatMul', {'x', 'w'}, 'm') ..
      node('Add', {'m', 'b'}, 'y') .. ends(FLOAT, 3), random(2, 5, 9))
end

do -- weights of bytes
   for _, columns in ipairs{64, 70} do
      local q = torch.CharTensor(130, columns):random(-127, 127)
      local scaled = node('Cast', {'q'}, 'f', {to = 1}) .. node('Mul', {'f', 's'}, 'w')
      local rest = node('MatMul', {'x', 'w'}, 'm') .. node('Add', {'m', 'b'}, 'y') .. ends(FLOAT, 3)
      local x = {random(2, 3, 130), random(1, 40, 130)}
      local bias = constant('b', random(columns))
      both('bytes by column', constant('q', q) .. constant('s', torch.rand(1, columns):float()) .. bias .. scaled .. rest, unpack(x))
      both('bytes with one scale', constant('q', q) .. number('s', 0.01) .. bias .. scaled .. rest, unpack(x))
      both('bytes by row', constant('q', q) .. constant('s', torch.rand(130, 1):float()) .. bias .. scaled .. rest, unpack(x))
      both('dequantised', constant('q', q) .. constant('s', torch.rand(columns):float()) .. bias ..
         node('DequantizeLinear', {'q', 's'}, 'w', {axis = 1}) .. rest, unpack(x))
      both('with zero points', constant('q', q) .. constant('s', torch.rand(columns):float()) .. bias ..
         constant('z', torch.CharTensor(columns):random(-5, 5)) .. node('DequantizeLinear', {'q', 's', 'z'}, 'w', {axis = 1}) .. rest, unpack(x))
      local words = torch.LongTensor{{0, 129, 5}, {-1, 7, 7}}
      both('words of bytes', constant('q', q) .. constant('s', torch.rand(130, 1):float()) .. scaled .. node('Gather', {'w', 'x'}, 'y') ..
         ends(LONG, 2, 3), words)
      both('words with one scale', constant('q', q) .. number('s', 0.5) .. scaled .. node('Gather', {'w', 'x'}, 'y') .. ends(LONG, 2, 3), words)
      both('words by column', constant('q', q) .. constant('s', torch.rand(1, columns):float()) .. scaled ..
         node('Gather', {'w', 'x'}, 'y') .. ends(LONG, 2, 3), words)
   end
end

do -- pooling by rows
   for _, window in ipairs{{2, 2, 2, 2}, {1, 4, 1, 4}, {3, 3, 2, 2}, {2, 3, 1, 1}, {3, 2, 1, 3}} do
      local x = random(2, 3, 11, 600)
      x[1][2][3][4] = 0 / 0
      local plane, path = x[1][2], os.tmpname()
      local f = io.open(path, 'wb')
      f:write(int(1, 8), bytes(7, node('MaxPool', {'x'}, 'y', {kernel_shape = {window[1], window[2]}, strides = {window[3], window[4]},
         pads = {0, 1, 1, 0}}) .. ends(FLOAT, 4)), bytes(8, int(2, 17)))
      f:close()
      local y, wrong = onnx.load(path):forward(x), 0
      os.remove(path)
      for i = 1, y:size(3) do
         for j = 1, y:size(4) do
            local best = -math.huge
            for a = (i - 1) * window[3] + 1, math.min(11, (i - 1) * window[3] + window[1]) do
               for b = math.max(1, (j - 1) * window[4]), math.min(600, (j - 1) * window[4] + window[2] - 1) do
                  local v = plane[a][b]
                  if v > best or v ~= v then best = v end
               end
            end
            local got = y[1][2][i][j]
            if got ~= best and (got == got or best == best) then wrong = wrong + 1 end
         end
      end
      eq(wrong, 0, 'windows ' .. table.concat(window, ' '))
   end
end

for _, n in ipairs{2, 4} do -- windows of n side by side
   local path, x = os.tmpname(), random(2, 3, 5, 120 * n)
   local f = io.open(path, 'wb')
   f:write(int(1, 8), bytes(7, node('MaxPool', {'x'}, 'y', {kernel_shape = {1, n}, strides = {1, n}}) .. ends(FLOAT, 4)), bytes(8, int(2, 17)))
   f:close()
   ok(onnx.load(path):forward(x):equal((x:view(2, 3, 5, 120, n):max(5):view(2, 3, 5, 120))), 'windows of a row')
   os.remove(path)
end

match(select(2, pcall(onnx.load, 'x.onnx', 1)), 'argument #2 %(options%): table expected, got number', 'options')

check.finish()
