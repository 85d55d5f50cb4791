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
   self.inner = about['llama.feed_forward_length']
   self.norm = normal(file:tensor('output_norm.weight'), self.eps)
   self.cos, self.sin = rotations(self.longest, self.head, about['llama.rope.freq_base'] or 10000)
   self.layers = {}
   for i = 1, about['llama.block_count'] do
      local layer = matrices(file, ('blk.%d.'):format(i - 1), self.eps)
      layer.keys = torch.FloatTensor(self.shared, self.longest, self.head)
      layer.values = torch.FloatTensor(self.shared, self.longest, self.head)
      self.layers[i] = layer
   end
   return self
end

-- Memory for n tokens, and the views of it that layers use: made when another number of tokens is read, and written over by
-- every layer.
local function workspace(self, n)
   local w, head = {n = n}, self.head
   for name, columns in pairs{attn_q = self.width, attn_k = self.shared * head, attn_v = self.shared * head, attn_output = self.width,
      ffn_gate = self.inner, ffn_up = self.inner, ffn_down = self.width, seen = self.width, squashed = self.inner} do
      w[name] = torch.FloatTensor(n, columns)
   end
   w.q, w.k = w.attn_q:view(n, self.heads, head / 2, 2), w.attn_k:view(n, self.shared, head / 2, 2)
   w.turned = {[w.q] = torch.FloatTensor(n, self.heads, head / 2), [w.k] = torch.FloatTensor(n, self.shared, head / 2)}
   w.new_keys, w.new_values = w.attn_k:view(n, self.shared, head):transpose(1, 2), w.attn_v:view(n, self.shared, head):transpose(1, 2)
   w.queries, w.answers, w.sums = {}, {}, torch.FloatTensor()
   local group = self.heads / self.shared -- heads of queries that see the same keys
   for g = 1, n > 1 and group or 1 do
      local function part(x) -- shared heads x tokens x numbers; of one token, its heads in place of the tokens
         if n == 1 then return x:view(self.shared, group, head) end
         return x:view(n, self.shared, group, head):select(3, g):transpose(1, 2)
      end
      w.queries[g], w.answers[g] = part(w.attn_q), part(w.seen)
   end
   return w
end

-- cos and sin for the tokens that are read now.
local function angles(self, w)
   local function of(all) return all:narrow(1, self.position + 1, w.n):view(w.n, 1, -1) end
   w.cos, w.sin = of(self.cos), of(self.sin)
end

-- Turns neighbouring pairs of every head by their position's angles. x: tokens x heads x pairs x 2, changed in place.
local function rotate(w, x)
   local a, b, turned = x:select(4, 1), x:select(4, 2), w.turned[x]
   local c, s = w.cos:expandAs(a), w.sin:expandAs(a)
   turned:cmul(a, c):addcmul(-1, b, s)
   b:cmul(c):addcmul(a, s)
   a:copy(turned)
end

-- What layer `layer` attends to; the tokens' keys and values are kept. Tokens see those before them and themselves.
local function attend(self, w, layer, h)
   layer.attn_q:product(h, w.attn_q)
   layer.attn_k:product(h, w.attn_k)
   layer.attn_v:product(h, w.attn_v)
   rotate(w, w.q)
   rotate(w, w.k)
   layer.keys:narrow(2, self.position + 1, w.n):copy(w.new_keys)
   layer.values:narrow(2, self.position + 1, w.n):copy(w.new_values)
   local keys, values = layer.keys:narrow(2, 1, self.position + w.n), layer.values:narrow(2, 1, self.position + w.n)
   for g, q in ipairs(w.queries) do
      q.THNN.Attention_updateOutput(q, keys, values, nil, w.answers[g], w.sums, 1, 1 / math.sqrt(self.head), w.n > 1)
   end
   return layer.attn_output:product(w.seen, w.attn_output)
end

local function gated(w, layer, h)
   layer.ffn_gate:product(h, w.ffn_gate)
   layer.ffn_up:product(h, w.ffn_up)
   w.squashed:sigmoid(w.ffn_gate):cmul(w.ffn_gate):cmul(w.ffn_up)
   return layer.ffn_down:product(w.squashed, w.ffn_down)
end

--- model:read(tokens) -> scores of what comes next, a FloatTensor. The tokens, a list of numbers from 1, follow those that
-- were read before.
function Llama:read(tokens)
   local n = #tokens
   if n == 0 then error('read: a list of tokens expected, got an empty one', 2) end
   if self.position + n > self.longest then error(('read: the text is longer than %d tokens'):format(self.longest), 2) end
   local x = self.embedding:rows(torch.LongTensor(tokens))
   local w = self.workspace
   if not w or w.n ~= n then w = workspace(self, n) end
   self.workspace = w
   angles(self, w)
   for _, layer in ipairs(self.layers) do
      x:add(attend(self, w, layer, layer.attn_norm(x)))
      x:add(gated(w, layer, layer.ffn_norm(x)))
   end
   self.position = self.position + n
   return self.output:product(self.norm(x:narrow(1, n, 1)):view(-1))
end

--- model:forget(): the next tokens begin a new text.
function Llama:forget() self.position = 0 end

return Llama
