-- Nets of Caffe as modules of nn.
local graph = require 'nn.import.graph'
local formats = require 'torch.formats'

local function list(v)
   if v == nil then return {} end
   if type(v) ~= 'table' or v[1] == nil then return {v} end
   return v
end

-- kernel_size: 3, or kernel_h and kernel_w; so stride and pad.
local function pair(p, name, short, default)
   local all = list(p[name])
   return p[short .. '_h'] or all[1] or default, p[short .. '_w'] or all[2] or all[1] or default
end

local layers = {}

local function geometry(p)
   local kH, kW = pair(p, 'kernel_size', 'kernel', 1)
   local dH, dW = pair(p, 'stride', 'stride', 1)
   local padH, padW = pair(p, 'pad', 'pad', 0)
   return kW, kH, dW, dH, padW, padH
end

function layers.Convolution(l, blobs, x)
   local p = l.convolution_param
   local kW, kH, dW, dH, padW, padH = geometry(p)
   local dilation = list(p.dilation)[1] or 1
   local conv = nn.SpatialDilatedConvolution(x:size(2), p.num_output, kW, kH, dW, dH, padW, padH, dilation, dilation, p.group or 1)
   return graph.fill(conv, blobs[1], blobs[2])
end

function layers.Deconvolution(l, blobs, x)
   local p = l.convolution_param
   local kW, kH, dW, dH, padW, padH = geometry(p)
   local conv = nn.SpatialFullConvolution(x:size(2), p.num_output, kW, kH, dW, dH, padW, padH, 0, 0, p.group or 1)
   return graph.fill(conv, blobs[1], blobs[2])
end

function layers.InnerProduct(l, blobs, x)
   local n = x:nElement() / x:size(1)
   local w = blobs[1]:view(-1, n)
   local linear = graph.fill(nn.Linear(n, w:size(1)), w, blobs[2])
   return x:dim() == 2 and linear or nn.Sequential():add(nn.Reshape(n, true)):add(linear)
end

-- Caffe counts a window that begins inside; it divides by what of the window lies in the padded picture.
function layers.Pooling(l, blobs, x)
   local p = l.pooling_param
   local kW, kH, dW, dH, padW, padH = geometry(p)
   if p.global_pooling then kW, kH, dW, dH, padW, padH = x:size(4), x:size(3), 1, 1, 0, 0 end
   local average = p.pool == 'AVE' or p.pool == 1
   local pool = (average and nn.SpatialAveragePooling or nn.SpatialMaxPooling)(kW, kH, dW, dH, padW, padH)
   return p.round_mode == 'FLOOR' and pool or pool:ceil()
end

function layers.BatchNorm(l, blobs, x) -- mean and variance are sums; the third blob says of how many
   local n, eps = x:size(2), l.batch_norm_param and l.batch_norm_param.eps or 1e-5
   local scale = blobs[3][1] == 0 and 0 or 1 / blobs[3][1]
   return graph.fill_norm(nn.SpatialBatchNormalization(n, eps), nil, nil, blobs[1] * scale, blobs[2] * scale)
end

function layers.Scale(l, blobs, x)
   local n = x:size(2)
   local size = x:dim() == 4 and {1, n, 1, 1} or {1, n}
   local mul = nn.CMul(unpack(size))
   mul.weight:copy(blobs[1])
   if not blobs[2] then return mul end
   local add = nn.CAdd(unpack(size))
   add.bias:copy(blobs[2])
   return nn.Sequential():add(mul):add(add)
end

function layers.ReLU(l)
   local slope = l.relu_param and l.relu_param.negative_slope or 0
   return slope == 0 and nn.ReLU() or nn.LeakyReLU(slope)
end
function layers.PReLU(l, blobs)
   local prelu = nn.PReLU(blobs[1]:nElement() > 1 and blobs[1]:nElement() or nil)
   prelu.weight:copy(blobs[1])
   return prelu
end
function layers.LRN(l)
   local p = l.lrn_param or {}
   return nn.SpatialCrossMapLRN(p.local_size or 5, p.alpha or 1, p.beta or 0.75, p.k or 1)
end
function layers.ELU(l) return nn.ELU(l.elu_param and l.elu_param.alpha or 1) end
function layers.Sigmoid() return nn.Sigmoid() end
function layers.TanH() return nn.Tanh() end
function layers.AbsVal() return nn.Abs() end
function layers.Softmax(l, blobs, x) return x:dim() == 4 and nn.SpatialSoftMax() or nn.SoftMax() end
function layers.Dropout(l) return nn.Dropout(l.dropout_param and l.dropout_param.dropout_ratio or 0.5) end
function layers.Split() return nn.Identity() end
function layers.Flatten(l, blobs, x) return nn.Reshape(x:nElement() / x:size(1), true) end
function layers.Concat(l) return nn.JoinTable((l.concat_param and l.concat_param.axis or 1) + 1) end
function layers.Eltwise(l)
   local kind = l.eltwise_param and l.eltwise_param.operation or 'SUM'
   local class = ({PROD = 'CMulTable', SUM = 'CAddTable', MAX = 'CMaxTable'})[kind]
   return nn[class or error(('Eltwise of kind %s is not known'):format(tostring(kind)), 0)]()
end
function layers.Crop(l)
   local p = l.crop_param or {}
   for _, offset in ipairs(list(p.offset)) do if offset ~= 0 then error('Crop with an offset is not known', 0) end end
   return nn.CropTable((p.axis or 2) + 1)
end

local function refuse_unknown(all)
   local unknown = {}
   for _, l in ipairs(all) do
      if l.type ~= 'Input' and not layers[l.type] then unknown[#unknown + 1] = ('%s (%s)'):format(l.name, tostring(l.type)) end
   end
   if #unknown > 0 then error('layers that nn has no module for here: ' .. table.concat(unknown, ', '), 0) end
end

-- Inputs are layers, or lines of the net itself.
local function add_inputs(net, about, all)
   local names = {}
   local function input(name, dims)
      dims[1] = math.max(dims[1], 2)
      net:input(name, dims)
      names[#names + 1] = name
   end
   for _, l in ipairs(all) do
      if l.type == 'Input' then input(list(l.top)[1], {unpack(list(list(l.input_param.shape)[1].dim))}) end
   end
   for i, name in ipairs(list(about.input)) do
      local shape = list(about.input_shape)[i]
      input(name, shape and {unpack(shape.dim)} or {unpack(list(about.input_dim), 4 * i - 3, 4 * i)})
   end
   return names
end

local function blobs_of(weights, name)
   local blobs = {}
   while weights:entry(('%s.%d'):format(name, #blobs)) do blobs[#blobs + 1] = weights:tensor(('%s.%d'):format(name, #blobs)) end
   return blobs
end

return function(prototxt, caffemodel)
   local about = torch.load(prototxt)
   if type(about) ~= 'table' or type(about.layer) ~= 'table' then error('no layers in it: not a net of Caffe as text', 0) end
   local weights = formats.open(caffemodel)
   local all, net, unread = list(about.layer), graph.new(), {}
   refuse_unknown(all)
   local inputs = add_inputs(net, about, all)
   for _, l in ipairs(all) do
      if l.type ~= 'Input' then
         local from, top = list(l.bottom), list(l.top)[1]
         local blobs = blobs_of(weights, l.name)
         net:add(top, layers[l.type](l, blobs, net:example(from[1])), #from > 1 and from or from[1], #blobs > 0 and l.name or nil)
         unread[top] = true
         for _, name in ipairs(from) do if name ~= top then unread[name] = nil end end
      end
   end
   local outputs = {}
   for _, value in ipairs(net.order) do
      if unread[value.name] and net.values[value.name] == value then outputs[#outputs + 1] = value.name end
   end
   return net:finish(inputs, outputs)
end
