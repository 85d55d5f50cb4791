--- A decoder of the Llama kind, run from a GGUF file: normalisation by root mean square, attention with rotated positions
-- and shared keys, gated layers. Weights stay quantised in the file; keys and values of what was read are kept.
--
--    local model = Llama.open('model.gguf')
--    local scores = model:read{505, 3576, 283, 4650, 315}   -- of the next token
require 'torch'
require 'nn'
local formats = require 'torch.formats'
local Llama = {}
Llama.__index = Llama

-- Division by the root of the mean square of each row, as a function of rows.
local function normal(weight, eps)
   local norm = nn.RMSNorm(weight:nElement(), eps):float()
   norm.weight:copy(weight)
   return function(x) return norm:forward(x) end
end

local function matrices(file, prefix, eps)
   local layer = {}
   for _, name in ipairs{'attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'} do
      layer[name] = file:matrix(prefix .. name .. '.weight')
   end
   for _, name in ipairs{'attn_norm', 'ffn_norm'} do layer[name] = normal(file:tensor(prefix .. name .. '.weight'), eps) end
   return layer
end

-- cos and sin of position times frequency, a row per position: pair i of a head turns base^(-2i/width) a step.
local function rotations(positions, width, base)
   local steps = torch.range(0, width / 2 - 1):mul(-2 / width * math.log(base)):exp()
   local angles = torch.ger(torch.range(0, positions - 1), steps)
   return torch.cos(angles):float(), torch.sin(angles):float()
end

--- Llama.open(path, longest = 2048): the model in a file, for texts of so many tokens at most.
function Llama.open(path, longest)
   local file = formats.open(path)
   local about = file:metadata()
   if about['general.architecture'] ~= 'llama' then error(('%s: a model of kind %s, not llama'):format(path, tostring(about['general.architecture'])), 2) end
   local self = setmetatable({file = file, about = about, position = 0}, Llama)
   self.width, self.heads = about['llama.embedding_length'], about['llama.attention.head_count']
   self.shared = about['llama.attention.head_count_kv'] or self.heads
   self.head, self.eps = self.width / self.heads, about['llama.attention.layer_norm_rms_epsilon']
   self.longest = math.min(longest or 2048, about['llama.context_length'])
   self.embedding = file:matrix('token_embd.weight')
   self.output = file:entry('output.weight') and file:matrix('output.weight') or self.embedding -- often one and the same
   self.norm = normal(file:tensor('output_norm.weight'), self.eps)
   self.cos, self.sin = rotations(self.longest, self.head, about['llama.rope.freq_base'] or 10000)
   self.layers = {}
   for i = 1, about['llama.block_count'] do
      local layer = matrices(file, ('blk.%d.'):format(i - 1), self.eps)
      layer.keys = torch.FloatTensor(self.shared, self.longest, self.head)
      layer.values = torch.FloatTensor(self.shared, self.longest, self.head)
      self.layers[i] = layer
   end
   self.softmax, self.results = nn.SoftMax():float(), {}
   return self
end

-- A layer's matrix times h, in memory that the next layer writes over.
function Llama:product(layer, name, h)
   local r = self.results[name] or torch.FloatTensor()
   self.results[name] = r
   return layer[name]:product(h, r)
end

-- Turns neighbouring pairs of every head by their position's angles. x: tokens x heads x width, changed in place.
function Llama:rotate(x)
   local n, heads = x:size(1), x:size(2)
   local pairs_ = x:view(n, heads, self.head / 2, 2)
   local a, b = pairs_:select(4, 1), pairs_:select(4, 2)
   local c = self.cos:narrow(1, self.position + 1, n):view(n, 1, -1):expandAs(a)
   local s = self.sin:narrow(1, self.position + 1, n):view(n, 1, -1):expandAs(a)
   local turned = torch.cmul(a, c):addcmul(-1, b, s)
   b:cmul(c):addcmul(a, s)
   a:copy(turned)
   return x
end

-- Tokens see those before them and themselves.
local function hide_future(scores, n, before)
   for i = 1, n - 1 do scores:select(3, i):narrow(3, before + i + 1, n - i):fill(-math.huge) end
end

--- What layer `layer` attends to, for queries of n tokens; their keys and values are kept.
function Llama:attend(layer, h)
   local n, group = h:size(1), self.heads / self.shared
   local q = self:rotate(self:product(layer, 'attn_q', h):view(n, self.heads, self.head))
   local k = self:rotate(self:product(layer, 'attn_k', h):view(n, self.shared, self.head))
   local v = self:product(layer, 'attn_v', h):view(n, self.shared, self.head)
   layer.keys:narrow(2, self.position + 1, n):copy(k:transpose(1, 2))
   layer.values:narrow(2, self.position + 1, n):copy(v:transpose(1, 2))
   local all = self.position + n
   local keys, values = layer.keys:narrow(2, 1, all), layer.values:narrow(2, 1, all)
   q = q:view(n, self.shared, group, self.head):permute(2, 3, 1, 4):contiguous():view(self.shared, group * n, self.head)
   local scores = torch.bmm(q, keys:transpose(2, 3)):div(math.sqrt(self.head))
   hide_future(scores:view(self.shared, group, n, all), n, self.position)
   local seen = torch.bmm(self.softmax:forward(scores:view(-1, all)):view(self.shared, group * n, all), values)
   seen = seen:view(self.shared, group, n, self.head):permute(3, 1, 2, 4):contiguous():view(n, self.width)
   return self:product(layer, 'attn_output', seen)
end

function Llama:gated(layer, h)
   local gate, up = self:product(layer, 'ffn_gate', h), self:product(layer, 'ffn_up', h)
   return self:product(layer, 'ffn_down', torch.sigmoid(gate):cmul(gate):cmul(up))
end

--- model:read(tokens) -> scores of what comes next, a FloatTensor. The tokens, a list of numbers from 1, follow those that
-- were read before.
function Llama:read(tokens)
   local n = #tokens
   if n == 0 then error('read: a list of tokens expected, got an empty one', 2) end
   if self.position + n > self.longest then error(('read: the text is longer than %d tokens'):format(self.longest), 2) end
   local x = self.embedding:rows(torch.LongTensor(tokens))
   for _, layer in ipairs(self.layers) do
      x:add(self:attend(layer, layer.attn_norm(x)))
      x:add(self:gated(layer, layer.ffn_norm(x)))
   end
   self.position = self.position + n
   return self.output:product(self.norm(x:narrow(1, n, 1)):view(-1))
end

--- model:forget(): the next tokens begin a new text.
function Llama:forget() self.position = 0 end

return Llama
