-- nn.MultiHeadAttention(width, heads [, causal = false, bias = true]): every step of a sequence, batch x steps x width, looks at all
-- steps: softmax(q k' / sqrt(width / heads)) v for each of `heads` parts of the width, between linear layers for q, k, v and
-- the result. Inputs: x, which looks at itself; {query, memory}; or {query, key, value}. The steps x steps matrix is never
-- made: keys are gone through in blocks, and again on the way back.
--
--    weight, (3 width) x width, of q, k and v, and bias;  outWeight, width x width, and outBias: PyTorch's in_proj and out_proj
--
--    nn.MultiHeadAttention(128, 4, true):forward(torch.randn(16, 64, 128))   --> 16 x 64 x 128
--
-- causal: step i sees the keys up to i, counted so that the last query sees the last key. Keys that are padding are not seen:
-- setKeyMask(ByteTensor, batch x keys, 1 where one is padding), or setLengths(tensor of a length per sample); nil ends that. A
-- query that sees no key gets outBias.
--
-- Generation: startCache() makes an evaluated module keep keys and values; each forward of x is then what comes next, and looks
-- at all that came before. stopCache() ends that. There is no backward meanwhile.
--
-- fromPyTorch(in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias) and toPyTorch() exchange parameters with
-- torch.nn.MultiheadAttention. Errors: heads must divide the width; inputs of other sizes.
-- Source: A. Vaswani and others, Attention is all you need, 2017; T. Dao and others, FlashAttention, 2022.
local MultiHeadAttention, parent = torch.class('nn.MultiHeadAttention', 'nn.Module')
local wrong, check_gradient = require('nn.check').wrong, require('nn.check').gradient

MultiHeadAttention.__input = 'tensor or table'
MultiHeadAttention.__gradOutput = 'any'
MultiHeadAttention.__arguments = 'width whole, heads whole, [causal boolean], [bias boolean]'

-- Raises unless `heads`, argument `at` of a module, divide the width.
function MultiHeadAttention._check(module, at, width, heads)
   if width % heads ~= 0 then wrong(module, at, 'heads', '%d do not divide a width of %d', heads, width) end
end

function MultiHeadAttention:__init(width, heads, causal, bias)
   parent.__init(self)
   MultiHeadAttention._check(self, 2, width, heads)
   self.width, self.heads, self.causal = width, heads, causal or false
   self.weight, self.gradWeight = torch.Tensor(3 * width, width), torch.Tensor(3 * width, width):zero()
   self.outWeight, self.gradOutWeight = torch.Tensor(width, width), torch.Tensor(width, width):zero()
   if bias ~= false then
      self.bias, self.gradBias = torch.Tensor(3 * width), torch.Tensor(3 * width):zero()
      self.outBias, self.gradOutBias = torch.Tensor(width), torch.Tensor(width):zero()
   end
   self:reset()
end

--- Uniform weights, by Glorot's rule for q, k and v; biases 0.
function MultiHeadAttention:reset(stdv)
   local range = stdv and stdv * math.sqrt(3)
   self.weight:uniform(-(range or math.sqrt(6 / (4 * self.width))), range or math.sqrt(6 / (4 * self.width)))
   self.outWeight:uniform(-(range or 1 / math.sqrt(self.width)), range or 1 / math.sqrt(self.width))
   if self.bias then
      self.bias:zero()
      self.outBias:zero()
   end
   return self
end

function MultiHeadAttention:parameters()
   if not self.bias then return {self.weight, self.outWeight}, {self.gradWeight, self.gradOutWeight} end
   return {self.weight, self.bias, self.outWeight, self.outBias},
      {self.gradWeight, self.gradBias, self.gradOutWeight, self.gradOutBias}
end

--- module:setKeyMask(mask) -> module: keys that are padding, a ByteTensor or BoolTensor, batch x keys, 1 where one is; nil: none.
function MultiHeadAttention:setKeyMask(mask)
   if mask ~= nil and not torch.isTensor(mask) then wrong(self, 1, 'mask', 'tensor or nil expected, got %s', torch.type(mask)) end
   self.keyMask, self.lengths = torch.type(mask) == 'torch.BoolTensor' and mask:byte() or mask, nil
   return self
end

--- module:setLengths(lengths) -> module: how many keys each sample has, a tensor; nil: all.
function MultiHeadAttention:setLengths(lengths)
   self.keyMask, self.lengths = nil, nn.utils.checkLengths(self, lengths)
   return self
end

-- ---- helpers ----

local function check_tensor(self, what, t, batch)
   if not torch.isTensor(t) or t:dim() ~= 3 or t:size(3) ~= self.width or batch and t:size(1) ~= batch then
      wrong(self, 1, 'input', '%sexpected %s x steps x %d, got %s', what and what .. ': ' or '', batch or 'batch', self.width,
         torch.isTensor(t) and nn.utils.sizeText(t) or torch.type(t))
   end
end

-- query, key, value of an input; nil for what is that before it.
local function parts_of(self, input)
   if torch.isTensor(input) then
      check_tensor(self, nil, input)
      return {input}
   end
   if type(input) ~= 'table' or #input < 2 or #input > 3 then
      wrong(self, 1, 'input', 'expected a tensor, {query, memory} or {query, key, value}')
   end
   for i, name in ipairs{'query', #input == 2 and 'memory' or 'key', 'value'} do
      if input[i] then check_tensor(self, name, input[i], i > 1 and input[1]:size(1) or nil) end
   end
   if input[3] and input[3]:size(2) ~= input[2]:size(2) then
      wrong(self, 1, 'input', '%d keys, but %d values', input[2]:size(2), input[3]:size(2))
   end
   return input
end

-- The rows of weight and bias that each part goes through: {first block, number of blocks}.
local blocks = {{{1, 3}}, {{1, 1}, {2, 2}}, {{1, 1}, {2, 1}, {3, 1}}}

local function rows(self, t, block)
   return t and block[2] < 3 and t:narrow(1, (block[1] - 1) * self.width + 1, block[2] * self.width) or t
end

local function buffer(self, name, like)
   local t = self[name]
   if not t then
      t = like.new()
      self[name] = t
   end
   return t
end

-- All steps of t as the rows of a tensor that is kept under that name.
local function as_matrix(self, name, t) return buffer(self, name, t):view(t, -1, t:size(3)) end

-- The part's q, k and v, batch x steps x width each, in a buffer where they stand side by side.
local function project(self, i, x, block)
   local y = buffer(self, '_projected' .. i, x)
   x.THNN.Linear_updateOutput(self._matrices[i], y, rows(self, self.weight, block), rows(self, self.bias, block))
   return y:resize(x:size(1), x:size(2), block[2] * self.width)
end

local function split(self, list, projected, n)
   for j = 1, n do list[#list + 1] = n == 1 and projected or projected:narrow(3, (j - 1) * self.width + 1, self.width) end
   return list
end

local function key_mask(self, batch, keys)
   local mask = self.keyMask
   if self.lengths then
      if self.lengths:nElement() ~= batch then
         wrong(self, 1, 'input', '%d samples, but %d lengths', batch, self.lengths:nElement())
      end
      mask = torch.ByteTensor(batch, keys):zero()
      for i = 1, batch do
         local n = self.lengths[i]
         if n < keys then mask[i]:narrow(1, n + 1, keys - n):fill(1) end
      end
   end
   if mask and (mask:dim() ~= 2 or mask:size(1) ~= batch or mask:size(2) ~= keys) then
      wrong(self, 1, 'input', 'a mask of %s for %d x %d keys', nn.utils.sizeText(mask), batch, keys)
   end
   return mask
end

-- ---- generation ----

--- module:startCache() -> module: from now on keys and values are kept: each forward is what comes next, and looks at
-- all that came before.
function MultiHeadAttention:startCache()
   self.cache = {steps = 0}
   return self
end

--- module:stopCache() -> module: forgets keys and values, and keeps none from now on.
function MultiHeadAttention:stopCache()
   self.cache = nil
   return self
end

-- All keys and all values so far; room for them doubles.
local function cached(self, k, v)
   local cache, n = self.cache, k:size(2)
   local total = cache.steps + n
   for name, t in pairs{keys = k, values = v} do
      local room = cache[name]
      if room and room:size(1) ~= t:size(1) then
         wrong(self, 1, 'input', '%d samples, but the cache is of %d: startCache() empties it', t:size(1), room:size(1))
      end
      if not room or room:size(2) < total then
         local more = t.new(t:size(1), math.max(2 * total, 32), t:size(3))
         if room then more:narrow(2, 1, cache.steps):copy(room:narrow(2, 1, cache.steps)) end
         cache[name] = more
      end
      cache[name]:narrow(2, cache.steps + 1, n):copy(t)
   end
   cache.steps = total
   return cache.keys:narrow(2, 1, total), cache.values:narrow(2, 1, total)
end

-- ---- passes ----

function MultiHeadAttention:updateOutput(input)
   local parts = parts_of(self, input)
   self._parts, self._matrices, self._qkv = {}, {}, {}
   for i, x in ipairs(parts) do
      local block = blocks[#parts][i]
      self._parts[i] = x:contiguous()
      self._matrices[i] = as_matrix(self, '_matrix' .. i, self._parts[i])
      split(self, self._qkv, project(self, i, self._parts[i], block), block[2])
   end
   local q, k, v = unpack(self._qkv)
   if self.cache then k, v = cached(self, k, v) end
   local mask = key_mask(self, k:size(1), k:size(2))
   self._mask = mask and nn.utils.mask(mask, k)
   local context = buffer(self, '_context', q)
   q.THNN.Attention_updateOutput(q, k, v, self._mask, context, buffer(self, '_logsum', q), self.heads,
      1 / math.sqrt(self.width / self.heads), self.causal)
   as_matrix(self, '_contextMatrix', context)
   q.THNN.Linear_updateOutput(self._contextMatrix, self.output, self.outWeight, self.outBias)
   self.output:resizeAs(context)
   return self.output
end

-- A tensor of the input's shape: one, or a table of them.
local function as_input(input, gradients)
   if torch.isTensor(input) then return gradients[1] end
   return gradients
end

function MultiHeadAttention:updateGradInput(input, gradOutput)
   if self.cache then require('nn.check').fail(self, 'there is no backward while the module keeps a cache: call stopCache()') end
   check_gradient(self, gradOutput, self.output)
   local context, kernels = self._context, gradOutput.THNN
   as_matrix(self, '_g', gradOutput:contiguous())
   local gc = buffer(self, '_gradContext', context)
   kernels.Linear_updateGradInput(self._contextMatrix, self._g, gc, self.outWeight)
   gc:resizeAs(context)
   self._gradProjected = {}
   local list, parts = {}, self._parts
   for i, x in ipairs(parts) do
      local n = blocks[#parts][i][2]
      local g = buffer(self, '_gradProjected' .. i, x):resize(x:size(1), x:size(2), n * self.width)
      self._gradProjected[i] = as_matrix(self, '_gradMatrix' .. i, g)
      split(self, list, g, n)
   end
   local q, k, v = unpack(self._qkv)
   kernels.Attention_updateGradInput(q, k, v, self._mask, context, self._logsum, gc, list[1], list[2], list[3], self.heads,
      1 / math.sqrt(self.width / self.heads), self.causal)
   local gradients = {}
   for i, x in ipairs(parts) do
      local gx = buffer(self, '_gradInput' .. i, x)
      kernels.Linear_updateGradInput(self._matrices[i], self._gradProjected[i], gx, rows(self, self.weight, blocks[#parts][i]))
      gradients[i] = gx:resizeAs(x)
   end
   self.gradInput = as_input(input, gradients)
   return self.gradInput
end

function MultiHeadAttention:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   local kernels, parts = gradOutput.THNN, self._parts
   kernels.Linear_accGradParameters(self._contextMatrix, self._g, nil, nil, nil, self.gradOutWeight, self.gradOutBias, nil, scale)
   for i, x in ipairs(self._matrices) do
      local block = blocks[#parts][i]
      kernels.Linear_accGradParameters(x, self._gradProjected[i], nil, nil, nil,
         rows(self, self.gradWeight, block), rows(self, self.gradBias, block), nil, scale)
   end
end

function MultiHeadAttention:clearState()
   for name in pairs(self) do
      if type(name) == 'string' and name:sub(1, 1) == '_' and name ~= '_type' then self[name] = nil end
   end
   self.gradInput = self.weight.new()
   return parent.clearState(self)
end

--- Masks and lengths keep their types; what the passes keep is dropped.
function MultiHeadAttention:type(type, cache)
   if not type then return parent.type(self) end
   local mask, lengths = self.keyMask, self.lengths
   self:clearState()
   self.keyMask, self.lengths = nil, nil
   parent.type(self, type, cache)
   self.keyMask, self.lengths = mask, lengths
   return self
end

--- module:fromPyTorch(in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias) -> module: takes the parameters of a
-- torch.nn.MultiheadAttention.
function MultiHeadAttention:fromPyTorch(weight, bias, outWeight, outBias)
   self.weight:copy(weight)
   self.outWeight:copy(outWeight)
   if bias then
      self.bias:copy(bias)
      self.outBias:copy(outBias)
   end
   return self
end

--- module:toPyTorch() -> in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias: the parameters as
-- torch.nn.MultiheadAttention has them.
function MultiHeadAttention:toPyTorch() return self.weight, self.bias, self.outWeight, self.outBias end

function MultiHeadAttention:__tostring__()
   return ('%s(%d, %d heads%s)'):format(torch.type(self), self.width, self.heads, self.causal and ', causal' or '')
end

function MultiHeadAttention.__cases()
   local T = torch.DoubleTensor
   local function make(...)
      local m = nn.MultiHeadAttention(...)
      for _, p in ipairs((m:parameters())) do p:uniform(-.5, .5) end
      return m
   end
   return {{make(6, 2), T(2, 5, 6)}, {make(4, 1, true), T(1, 3, 4)},
      {make(6, 3, true, false), T(2, 4, 6)}, {make(4, 2), {T(2, 3, 4), T(2, 5, 4)}},
      {make(4, 2, true), {T(2, 3, 4), T(2, 5, 4), T(2, 5, 4)}},
      {make(4, 2):setLengths(torch.LongTensor{5, 2}), T(2, 5, 4)}}
end
