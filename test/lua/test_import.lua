--- nn.import: nets of ONNX, Keras and Caffe as modules of nn, by their outputs; what cannot be is named.
require 'torch'
require 'nn'
local import, onnx = require 'nn.import', require 'onnx'
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match
local shared = here .. '../../../shared/'

local function exists(path)
   local f = io.open(path)
   if f then f:close() end
   return f ~= nil
end

local function close(a, b, what)
   ok(a:isSameSizeAs(b) and (a - b):abs():max() < 1e-5, what)
end

-- ---- ONNX: what onnx.save wrote ----

torch.manualSeed(1)
local function random(...) return torch.randn(...):float() end

local function round(what, net, x, class)
   local path = os.tmpname()
   net = net:float()
   for _, m in ipairs(net:listModules()) do
      if m.running_mean then m.running_mean:uniform() m.running_var:uniform():add(0.5) end
   end
   onnx.save(path, net, x)
   net:evaluate()
   local expected, back, layers = net:forward(x), import.onnx(path)
   if torch.isTensor(x) then eq(torch.type(back), class or 'nn.Sequential', what .. ': its class') end
   local got = back:forward(x)
   if torch.isTensor(expected) then expected, got = {expected}, {got} end
   for i, y in ipairs(expected) do close(got[i], y, what .. ': output ' .. i) end
   local more = torch.isTensor(x) and torch.cat({x, x, x}, 1)
   if more then ok(back:forward(more) and (back.output:narrow(1, 1, x:size(1)) - expected[1]):abs():max() < 1e-5, what .. ': more samples') end
   os.remove(path)
   return back, layers
end

local net = round('vectors', nn.Sequential():add(nn.Linear(5, 7)):add(nn.Tanh()):add(nn.BatchNormalization(7)):add(nn.Dropout(0.5))
   :add(nn.Linear(7, 3, false)):add(nn.LogSoftMax()), random(4, 5))
round('pictures', nn.Sequential():add(nn.SpatialConvolution(3, 8, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(8)):add(nn.ReLU())
   :add(nn.SpatialMaxPooling(2, 2, 2, 2):ceil()):add(nn.SpatialConvolution(8, 8, 3, 3, 2, 2, 1, 1, 8)):add(nn.LeakyReLU(0.2))
   :add(nn.SpatialAveragePooling(2, 2, 1, 1, 1, 1)):add(nn.SpatialFullConvolution(8, 4, 3, 3, 2, 2, 1, 1, 1, 1)):add(nn.ELU())
   :add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(400, 6)):add(nn.SoftMax()), random(2, 3, 13, 13))
round('branches', nn.Sequential():add(nn.ConcatTable():add(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1)):add(nn.Identity()))
   :add(nn.CAddTable()):add(nn.Concat(2):add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1)):add(nn.GELU()))
   :add(nn.HardTanh()):add(nn.MulConstant(3)):add(nn.Transpose({2, 3}, {3, 4})), random(2, 4, 6, 6), 'nn.gModule')
round('tables', nn.Sequential():add(nn.ParallelTable():add(nn.Linear(3, 4)):add(nn.Linear(2, 4)))
   :add(nn.ConcatTable():add(nn.CMulTable()):add(nn.JoinTable(1, 1))), {random(5, 3), random(5, 2)})
round('words', nn.Sequential():add(nn.LookupTable(10, 6)):add(nn.View(-1, 18)):add(nn.Linear(18, 2)), torch.LongTensor{{1, 5, 10}, {2, 2, 3}})

do -- graphs of nngraph
   require 'nngraph'
   local x, y = nn.Identity()(), nn.Identity()()
   local h = nn.Tanh()(nn.Linear(4, 6)(x))
   local a, b = nn.ConcatTable():add(nn.Linear(6, 3)):add(nn.Sigmoid())(h):split(2)
   local sum = nn.CAddTable(){a, nn.Linear(5, 3)(y)}
   round('gModule', nn.gModule({x, y}, {sum, nn.CMulTable(){b, h}}), {random(3, 4), random(3, 5)})
   local z = nn.Identity()()
   local one = nn.Linear(4, 4)(z)
   round('gModule of one input', nn.gModule({z}, {nn.CAddTable(){one, nn.ReLU()(one)}}), random(3, 4), 'nn.gModule')
end

do -- training goes on
   local x, target, criterion = random(4, 5), torch.LongTensor{1, 2, 3, 1}, nn.ClassNLLCriterion():float()
   net:training()
   local parameters, gradients = net:getParameters()
   local before
   for step = 1, 20 do
      gradients:zero()
      local loss = criterion:forward(net:forward(x), target)
      before = before or loss
      net:backward(x, criterion:backward(net.output, target))
      parameters:add(-0.1, gradients)
   end
   ok(parameters:nElement() == 5 * 7 + 7 + 14 + 21 and criterion.output < before, 'a net that was read learns')
end

do -- what is no net
   local path = os.tmpname()
   local message = require 'onnx.message'
   local function node(kind, input, output) return message.bytes(1, message.bytes(1, input) .. message.bytes(2, output) .. message.bytes(4, kind)) end
   local function write(...)
      local f = io.open(path, 'wb')
      f:write(message.int(1, 9), message.bytes(7, table.concat{...}), message.bytes(8, message.bytes(1, '') .. message.int(2, 20)))
      f:close()
   end
   write(node('NonZero', 'x', 'y'), node('Relu', 'y', 'z'), node('TopK', 'z', 'w'), message.bytes(11, message.declared('x', 1, {2, 3})),
      message.bytes(12, message.declared('w', 1, {2, 3})))
   check.error(function() import.onnx(path) end, 'no module for here: y %(NonZero%), w %(TopK%)', 'all nodes at once')
   write(node('Relu', 'x', 'y'), message.bytes(11, message.declared('x', 1, {'batch', 'length'})), message.bytes(12, message.declared('y', 1, {'batch', 'length'})))
   check.error(function() import.onnx(path) end, 'size 2 is called length; give it', 'a size that is open')
   close(import.onnx(path, {length = 3}):forward(torch.ones(4, 3):float()), torch.ones(4, 3):float(), 'a size that is given')
   write(node('Relu', 'nobody', 'y'), message.bytes(12, message.declared('y', 1, {2})))
   check.error(function() import.onnx(path) end, 'nobody, which nothing makes', 'an input that nothing makes')
   local bytes = io.open(path, 'rb'):read('*a')
   for cut = 1, #bytes - 1, 3 do
      local f = io.open(path, 'wb')
      f:write(bytes:sub(1, cut))
      f:close()
      ok(not pcall(import.onnx, path), 'cut after ' .. cut)
   end
   local ends = message.bytes(11, message.declared('x', 1, {2})) .. message.bytes(12, message.declared('y', 1, {2}))
   write(message.bytes(1, message.bytes(1, 'x') .. message.bytes(2, 'y') .. message.bytes(4, 'Relu') .. message.int(5, 7)), ends)
   close(import.onnx(path):forward(torch.ones(2):float()), torch.ones(2):float(), 'a number for an attribute is none')
   local far = message.bytes(1, 'alpha') .. message.int(2, 2 ^ 44) -- where a float of the text would lie
   write(message.bytes(1, message.bytes(1, 'x') .. message.bytes(2, 'y') .. message.bytes(4, 'LeakyRelu') .. message.bytes(5, far)), ends)
   close(import.onnx(path):forward(torch.ones(2):float()), torch.ones(2):float(), 'a number for a float is none')
   write(message.bytes(5, message.int(1, 2) .. message.int(4, 7) .. message.bytes(8, 'x')), ends)
   check.error(function() import.onnx(path) end, 'import%.onnx: ' .. path:gsub('%p', '%%%0') .. ': ', 'a number for floats')
   check.error(function() import.onnx('/') end, 'import%.onnx: /: / is a directory', 'a folder')
   os.remove(path)
   check.error(function() import.onnx(path, 3) end, 'import%.onnx: argument #2 %(sizes%): table expected, got number', 'no sizes')
   check.error(function() import.keras('/') end, 'import%.keras: formats%.open: /: Is a directory', 'keras: a folder')
   check.error(function() import.caffe('/', path) end, 'import%.caffe: torch%.load: .*</>.*Is a directory', 'caffe: a folder')
   local text = os.tmpname()
   torch.save(text, torch.ones(2))
   check.error(function() import.caffe(text, path) end, 'import%.caffe: ' .. text:gsub('%p', '%%%0') .. ': no layers in it', 'caffe: another file')
   os.remove(text)
   check.error(function() import.onnx(3) end, 'import%.onnx: argument #1 %(path%)', 'no path')
end

-- ---- recurrent layers and pictures of other sizes, against the executor ----

do
   local message = require 'onnx.message'
   local path = os.tmpname()
   local function node(kind, inputs, outputs, attributes)
      local parts = {}
      for name in inputs:gmatch('%S+') do parts[#parts + 1] = message.bytes(1, name == '-' and '' or name) end
      for name in outputs:gmatch('%S+') do parts[#parts + 1] = message.bytes(2, name == '-' and '' or name) end
      for name, value in pairs(attributes or {}) do parts[#parts + 1] = message.bytes(5, message.attribute(name, value)) end
      return message.bytes(1, table.concat(parts) .. message.bytes(4, kind))
   end
   local function write(nodes, weights, input, output)
      local f, parts = io.open(path, 'wb'), {nodes}
      for name, t in pairs(weights) do parts[#parts + 1] = message.bytes(5, message.tensor(name, t)) end
      parts[#parts + 1] = message.bytes(11, message.declared('x', 1, input)) .. message.bytes(12, message.declared(output, 1, {}))
      f:write(message.int(1, 8), message.bytes(7, table.concat(parts)), message.bytes(8, message.bytes(1, '') .. message.int(2, 18)))
      f:close()
   end
   local function compare(what, x)
      local net, layers = import.onnx(path)
      close(net:forward(x), onnx.load(path):forward(x), what)
      return net, layers
   end
   local x = random(5, 2, 3)
   for kind, gates in pairs{LSTM = 4, GRU = 3} do
      for directions, direction in ipairs{'forward', 'bidirectional'} do
         for after = 0, kind == 'GRU' and 1 or 0 do
            local what = ('%s, %s, %d: '):format(kind, direction, after)
            local w = {w = random(directions, gates * 4, 3), r = random(directions, gates * 4, 4), b = random(directions, 2 * gates * 4)}
            local a = {hidden_size = 4, direction = direction, linear_before_reset = kind == 'GRU' and after or nil}
            write(node(kind, 'x w r b', 'y', a), w, {5, 2, 3}, 'y')
            compare(what .. 'all steps', x)
            write(node(kind, 'x w r', '- h', a), w, {5, 2, 3}, 'h')
            compare(what .. 'the last one', x)
            write(node(kind, 'x w r b', 'y h', a) .. node('Relu', 'y', 'z'), w, {5, 2, 3}, 'z')
            compare(what .. 'and on', x)
         end
      end
   end
   local w = {w = random(1, 16, 3), r = random(1, 16, 4), s = random(1, 2, 4), z = torch.zeros(1, 2, 4)}
   write(node('LSTM', 'x w r - - z z', 'y', {hidden_size = 4}), w, {5, 2, 3}, 'y')
   local net, layers = compare('a first state of zeros', x)
   eq(torch.type(net.modules[1].modules[1]) .. ' ' .. torch.type(layers.y), 'nn.SeqLSTM nn.SeqLSTM', 'a layer to be trained')
   for _, out in ipairs{'y', '- y'} do
      write(node('LSTM', 'x w r', out, {hidden_size = 4, direction = 'reverse'}), w, {5, 2, 3}, 'y')
      compare('reading backwards alone, ' .. out, x)
   end
   for kind, gates in pairs{LSTM = 4, GRU = 3, RNN = 1} do -- states that are given and read
      for _, direction in ipairs{'forward', 'reverse', 'bidirectional'} do
         local n, cell = direction == 'bidirectional' and 2 or 1, kind == 'LSTM' and 'c' or ''
         local w = {w = random(n, gates * 4, 3), r = random(n, gates * 4, 4), b = random(n, 2 * gates * 4), h = random(n, 1, 4):expand(n, 2, 4):contiguous(), c = random(n, 2, 4)}
         local a = {hidden_size = 4, direction = direction}
         write(node(kind, 'x w r b - h ' .. cell, 'y', a), w, {5, 2, 3}, 'y')
         compare(kind .. ', a first state, ' .. direction, x)
         if kind ~= 'LSTM' then ok(import.onnx(path):forward(random(5, 7, 3)):size(3) == 7, kind .. ', the same for any sample') end
         write(node(kind, 'x w r b - h ' .. cell, 'y h1', a) .. node('Relu', 'h1', 'z'), w, {5, 2, 3}, 'z')
         compare(kind .. ', the state after the last step, ' .. direction, x)
         if kind == 'LSTM' then
            write(node(kind, 'x w r', '- - z', a), w, {5, 2, 3}, 'z')
            compare('the last cells, ' .. direction, x)
            write(node(kind, 'x w r b - - c', 'y h1 c1', a) .. node('Mul', 'h1 c1', 'z'), w, {5, 2, 3}, 'z')
            compare('first cells alone, last of both, ' .. direction, x)
         end
         if kind == 'RNN' then
            write(node(kind, 'x w r b', 'y', {hidden_size = 4, direction = direction, activations = n == 2 and {'Relu', 'Sigmoid'} or {'Relu'}}), w, {5, 2, 3}, 'y')
            compare('RNN, other activations, ' .. direction, x)
            write(node(kind, 'x w r b', '- h1', a) .. node('Relu', 'h1', 'z'), w, {5, 2, 3}, 'z')
            compare('RNN, the last step, ' .. direction, x)
         end
      end
   end
   write(node('LSTM', 'x w r - - s z', 'y', {hidden_size = 4}), {w = w.w, r = w.r, s = random(2, 2, 4), z = w.z}, {5, 2, 3}, 'y')
   check.error(function() import.onnx(path) end, 'LSTM%): a first state of other sizes', 'states of other sizes')
   write(node('RNN', 'x w r', 'y', {hidden_size = 4, activations = {'Elu'}}), {w = random(1, 4, 3), r = random(1, 4, 4)}, {5, 2, 3}, 'y')
   check.error(function() import.onnx(path) end, 'RNN%): activation Elu in place of Tanh, Relu or Sigmoid', 'another activation')
   local picture = random(2, 3, 4, 5)
   local function resize(what, scales, a, wrong)
      write(node('Resize', 'x - s', 'y', a), {s = torch.FloatTensor(scales)}, {2, 3, 4, 5}, 'y')
      if wrong then return check.error(function() import.onnx(path) end, wrong, what) end
      compare(what, picture)
   end
   resize('repeated pixels', {1, 1, 2, 2}, {mode = 'nearest'})
   resize('three times, as it was before', {1, 1, 3, 3}, {mode = 'nearest', coordinate_transformation_mode = 'asymmetric', nearest_mode = 'floor'})
   resize('three times, halves of pixels', {1, 1, 3, 3}, {mode = 'nearest', nearest_mode = 'round_prefer_ceil'})
   resize('in between', {1, 1, 2, 3}, {mode = 'linear', coordinate_transformation_mode = 'align_corners'})
   resize('as large as before', {1, 1, 1, 1}, {mode = 'cubic'})
   resize('other coordinates', {1, 1, 3, 3}, {mode = 'nearest', coordinate_transformation_mode = 'asymmetric'}, 'Resize%): coordinates other')
   resize('two factors', {1, 1, 2, 3}, {mode = 'nearest'}, 'Resize%): other than a whole factor')
   resize('halves of pixels in between', {1, 1, 2, 3}, {mode = 'linear'})
   resize('fewer, as PyTorch has it', {1, 1, 0.5, 1.4}, {mode = 'linear', coordinate_transformation_mode = 'pytorch_half_pixel'})
   resize('in between without halves', {1, 1, 2.25, 3}, {mode = 'linear', coordinate_transformation_mode = 'asymmetric'})
   resize('a part of a pixel', {1, 1, 1.3, 2}, {mode = 'linear'}, 'Resize%): factors that leave a part')
   resize('smoothed', {1, 1, 0.5, 1}, {mode = 'linear', antialias = 1}, 'Resize%): antialias')
   resize('cubes', {1, 1, 2, 2}, {mode = 'cubic'}, 'Resize%): mode cubic')
   local function average(what, x, a, wrong)
      write(node('AveragePool', 'x', 'y', a), {}, x:size():totable(), 'y')
      if wrong then return check.error(function() import.onnx(path) end, wrong, what) end
      compare(what, x)
   end
   local wide, row = random(2, 3, 9, 10), random(2, 3, 11)
   for count = 0, 1 do
      local function name(what) return what .. (count == 1 and ', pads count' or ', pads do not count') end
      average(name'even pads', wide, {kernel_shape = {3, 4}, pads = {1, 2, 1, 2}, strides = {2, 3}, count_include_pad = count})
      average(name'more behind', wide, {kernel_shape = {2, 4}, pads = {0, 1, 1, 2}, count_include_pad = count})
      average(name'more before', wide, {kernel_shape = {4, 3}, pads = {2, 1, 0, 0}, strides = {2, 1}, count_include_pad = count})
      average(name'as large as before', wide, {kernel_shape = {2, 5}, auto_pad = 'SAME_UPPER', strides = {1, 2}, count_include_pad = count})
      average(name'as large as before, more before', wide, {kernel_shape = {4, 2}, auto_pad = 'SAME_LOWER', count_include_pad = count})
      average(name'rounded up', wide, {kernel_shape = {3, 3}, pads = {1, 1, 1, 1}, strides = {2, 2}, ceil_mode = 1, count_include_pad = count})
      average(name'of sequences', row, {kernel_shape = {4}, pads = {1, 2}, strides = {2}, count_include_pad = count})
   end
   average('rounded up without pads', wide, {kernel_shape = {4, 4}, strides = {3, 4}, ceil_mode = 1})
   average('far too wide pads', wide, {kernel_shape = {2, 2}, pads = {3, 0, 0, 0}}, 'AveragePool%): pads of other sizes')
   write(node('MaxPool', 'x', 'y', {kernel_shape = {3}, pads = {1, 0}, strides = {2}}), {}, {2, 3, 11}, 'y')
   compare('the greatest of sequences', row)
   resize('far too large', {1, 1, 2 ^ 14, 2 ^ 14}, {mode = 'nearest'}, 'Resize%): a result of 3.*e%+10 elements')
   local kernel = {w = random(3, 2, 2, 2)}
   write(node('ConvTranspose', 'x w', 'y', {strides = {2 ^ 20, 2 ^ 20}}), kernel, {2, 3, 4, 5}, 'y')
   check.error(function() import.onnx(path) end, 'ConvTranspose%): a result of', 'far too far apart')
   write(node('Pad', 'x', 'y', {pads = {0, 0, 2 ^ 30, 0, 0, 0, 0, 0}}), {}, {2, 3, 4, 5}, 'y')
   check.error(function() import.onnx(path) end, 'Pad%): a result of', 'far too wide')
   write(node('MaxPool', 'x', 'y', {kernel_shape = {2, 2}, pads = {2 ^ 30, 0, 0, 0}}), {}, {2, 3, 4, 5}, 'y')
   check.error(function() import.onnx(path) end, 'MaxPool%): a result of', 'far too wide, pooled')
   write(node('Transpose', 'x', 'y', {perm = {0, 0, 1, 3}}), {}, {2, 3, 4, 5}, 'y')
   check.error(function() import.onnx(path) end, '1 1 2 4 is no order of 4 dimensions', 'a dimension twice')
   resize('samples', {2, 1, 2, 2}, {mode = 'nearest'}, 'Resize%): other than height and width')
   os.remove(path)
end

-- ---- files of the original programs ----

local samples = shared .. 'samples/'
if exists(samples .. 'keras-small.keras') then
   local x = torch.range(1, 128):div(64):view(2, 8, 8, 1):float()
   local first, layers = import.keras(samples .. 'keras-small.keras')
   local second = import.keras(samples .. 'keras-small-legacy.h5')
   eq(torch.type(layers.c), 'nn.SpatialDilatedConvolution', 'keras: layers by name')
   close(first:forward(x), second:forward(x), 'keras: the files of both versions')
   check.error(function() import.keras(samples .. 'keras-rnn.weights.h5') end, 'keras%-rnn%.weights%.h5: it has weights alone', 'keras: no layers')
   for _, name in ipairs{'onnx-linear-3d', 'onnx-dynamic-batch', 'onnx-folded-conv-bn', 'onnx-logsigmoid', 'onnx-lstm', 'onnx-tied', 'onnx-unaligned-external'} do
      local path = samples .. name .. '.onnx'
      local good, back = pcall(import.onnx, path)
      if not good then match(back, ({['onnx-unaligned-external'] = 'a constant that is larger'})[name] or 'never', name .. ': ' .. tostring(back)) end
      if good then
         local model, inputs = onnx.load(path), {}
         for i, input in ipairs(model.inputs) do
            local size = {}
            for d, s in ipairs(input.size) do size[d] = type(s) == 'number' and s or 3 end
            inputs[i] = input.type == 'int64' and torch.LongTensor():resize(torch.LongStorage(size)):fill(1) or random(torch.LongStorage(size))
         end
         local got, expected = back:forward(#inputs > 1 and inputs or inputs[1]), model:forward(#inputs > 1 and inputs or inputs[1])
         if torch.isTensor(expected) then got, expected = {got}, {expected} end
         for i, y in ipairs(expected) do close(got[i], y, name .. ': output ' .. i) end
      end
   end
else
   print('skipped: files of the original programs: no ' .. samples)
end

-- ---- Keras, where TH_PYTHON has it: every layer, as Keras computes it ----

do
   local python, folder = os.getenv('TH_PYTHON') or 'python3', os.tmpname()
   if not check.succeeds(("KERAS_BACKEND=torch %s -c 'import keras' > /dev/null 2>&1"):format(python)) then
      print(('skipped: models that Keras wrote: %s has no keras with torch (TH_PYTHON names another)'):format(python))
   else
      os.remove(folder)
      os.execute('mkdir ' .. folder)
      check.ok(check.succeeds(('KERAS_BACKEND=torch %s %s../onnx/keras_models.py %s 2> /dev/null'):format(python, here, folder)), 'keras: models are written')
      for name in io.popen('ls ' .. folder .. '/*.npz'):lines() do
         local t = torch.load(name)
         for _, ending in ipairs{'.keras', '.h5'} do
            local net = import.keras((name:gsub('%.npz$', ending)))
            close(net:forward(t.x2 and {t.x, t.x2, t.x3} or t.x), t.y, name:match('[^/]*$') .. ' ' .. ending)
         end
      end
      os.execute('rm -r ' .. folder)
   end
end

-- ---- Caffe, by hand ----

do
   local function varint(v) return v < 128 and string.char(v) or string.char(v % 128 + 128) .. varint(math.floor(v / 128)) end
   local function field(number, text) return varint(number * 8 + 2) .. varint(#text) .. text end
   local ffi = require 'ffi'
   local function blob(x)
      local dims = ''
      for _, size in ipairs(x:size():totable()) do dims = dims .. varint(size) end
      return field(7, field(7, field(1, dims)) .. field(5, ffi.string(x:data(), 4 * x:nElement())))
   end
   local w, bias, fc = random(2, 3, 3, 3), random(2), random(4, 2 * 3 * 3)
   local folder = os.tmpname()
   local f = io.open(folder .. '.caffemodel', 'wb')
   f:write(field(100, field(1, 'conv') .. field(2, 'Convolution') .. blob(w) .. blob(bias)), field(100, field(1, 'fc') .. field(2, 'InnerProduct') .. blob(fc)))
   f:close()
   f = io.open(folder .. '.prototxt', 'w')
   f:write([[
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 6 dim: 6 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 pad: 1 stride: 1 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc" type: "InnerProduct" bottom: "pool" top: "fc" inner_product_param { num_output: 4 bias_term: false } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
]])
   f:close()
   local conv = nn.SpatialConvolution(3, 2, 3, 3, 1, 1, 1, 1):float()
   conv.weight:copy(w)
   conv.bias:copy(bias)
   local linear = nn.Linear(18, 4, false):float()
   linear.weight:copy(fc)
   local wanted = nn.Sequential():add(conv):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2)):add(nn.Reshape(18, true)):add(linear):add(nn.SoftMax()):float()
   local got, layers = import.caffe(folder .. '.prototxt', folder .. '.caffemodel')
   local x = random(2, 3, 6, 6)
   close(got:forward(x), wanted:forward(x), 'caffe: a chain')
   eq(torch.type(got), 'nn.Sequential', 'caffe: its class')
   close(layers.conv.weight, w, 'caffe: layers by name')
   f = io.open(folder .. '.prototxt', 'w')
   f:write('layer { name: "a" type: "Python" top: "a" }\nlayer { name: "b" type: "HDF5Data" top: "b" }\n')
   f:close()
   check.error(function() import.caffe(folder .. '.prototxt', folder .. '.caffemodel') end, 'a %(Python%), b %(HDF5Data%)', 'caffe: all layers at once')
   os.remove(folder)
   os.remove(folder .. '.prototxt')
   os.remove(folder .. '.caffemodel')
end

check.finish()
