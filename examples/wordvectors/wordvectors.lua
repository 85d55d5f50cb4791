#!/usr/bin/env th
--- Vectors of words that tell which words are used alike. README.md has its options.
require 'nn'
require 'optim'
local data = require 'data'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path

local cmd = torch.CmdLine()
cmd:text('Learns a vector for each word of a text: words that are used alike come to lie side by side.')
cmd:option('--text', '', 'a text file; without it sentences are made up')
cmd:option('--least', 5, 'how often a word has to occur')
cmd:option('--width', 32, 'numbers in a vector')
cmd:option('--window', 3, 'words on each side that count as the surroundings of a word')
cmd:option('--negative', 5, 'words drawn at random for each that occurs')
cmd:option('--epochs', 5, 'passes over the text')
cmd:option('--batch', 128, 'pairs of words in a step')
cmd:option('--rate', 0.01, 'learning rate, which falls to zero')
cmd:option('--near', '', 'words whose neighbours are shown, with commas between; by default the most frequent ones')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--save', '', 'file for {words = list, vectors = tensor}')
local opt = cmd:parse(arg)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)

local function read(path)
   local file = assert(io.open(path))
   local text = file:read('*a')
   file:close()
   return text
end
local text = opt.text ~= '' and read(opt.text) or require('sentences')(4000)

-- ---- words ----

local count, words, number = {}, {}, {}
for word in text:lower():gmatch('%a+') do count[word] = (count[word] or 0) + 1 end
for word, n in pairs(count) do
   if n >= opt.least then words[#words + 1] = word end
end
table.sort(words, function(a, b) return count[a] > count[b] or count[a] == count[b] and a < b end)
for i, word in ipairs(words) do number[word] = i end
if #words < 2 then error('--least: fewer than two words occur so often', 0) end

-- Pairs of a word and one near it, sentence by sentence.
local pairs_ = {}
for sentence in text:lower():gmatch('[^.!?]+') do
   local line = {}
   for word in sentence:gmatch('%a+') do line[#line + 1] = number[word] end
   for i = 1, #line do
      for j = math.max(1, i - opt.window), math.min(#line, i + opt.window) do
         if j ~= i then pairs_[#pairs_ + 1] = {line[i], line[j]} end
      end
   end
end
local all = torch.LongTensor(pairs_)
print(('%d words, %d pairs'):format(#words, #pairs_))

-- ---- net ----

-- Scores of words as surroundings: [batch] numbers and [batch x n] candidates -> [batch x n] dot products.
local vectors, surroundings = nn.LookupTable(#words, opt.width), nn.LookupTable(#words, opt.width)
vectors.weight:mul(0.1)
surroundings.weight:zero()
local net = nn.Sequential()
   :add(nn.ParallelTable():add(vectors):add(surroundings))
   :add(nn.MM(false, true)) -- [batch x 1 x width] times [batch x n x width], turned
   :add(nn.Squeeze(2))
   :add(nn.Sigmoid())
local criterion = nn.BCECriterion()

-- The first candidate occurred, the others were drawn: the more frequent a word, the likelier (to the power of 3/4).
local chances = torch.Tensor(#words)
for i, word in ipairs(words) do chances[i] = count[word] ^ 0.75 end
local candidates, target = torch.LongTensor(), torch.Tensor()
local function draw(near)
   local n = near:size(1)
   candidates:resize(n, 1 + opt.negative):narrow(2, 1, 1):copy(near)
   candidates:narrow(2, 2, opt.negative):copy(torch.multinomial(chances, n * opt.negative, true))
   target:resize(n, 1 + opt.negative):zero():narrow(2, 1, 1):fill(1)
end

local batches = data.tensors(all):batches{size = opt.batch, shuffle = true, seed = opt.seed}
local parameters, gradients = net:getParameters()
local state, steps = {}, 0
for epoch = 1, opt.epochs do
   local sum = 0
   for pair in batches do
      draw(pair:narrow(2, 2, 1))
      local input = {pair:narrow(2, 1, 1), candidates}
      state.learningRate = opt.rate * (1 - steps / (opt.epochs * batches:size()))
      steps = steps + 1
      local _, loss = optim.adam(function()
         gradients:zero()
         local scores = net:forward(input)
         local f = criterion:forward(scores, target)
         net:backward(input, criterion:backward(scores, target))
         return f, gradients
      end, parameters, state)
      sum = sum + loss[1]
   end
   print(('epoch %d of %d: loss %.4f'):format(epoch, opt.epochs, sum / batches:size()))
end

-- ---- neighbours ----

local directions = nn.Normalize(2):forward(vectors.weight)
local function neighbours(word, n)
   local likeness = torch.mv(directions, directions[number[word]])
   local _, order = likeness:sort(1, true)
   local list = {}
   for i = 2, math.min(n + 1, #words) do list[#list + 1] = ('%s %.2f'):format(words[order[i]], likeness[order[i]]) end
   return table.concat(list, ', ')
end
local shown = opt.near ~= '' and opt.near:split(',') or {unpack(words, 1, 8)}
for _, word in ipairs(shown) do
   print(('%-12s %s'):format(word, number[word] and neighbours(word, 4) or 'does not occur often enough'))
end
if opt.save ~= '' then torch.save(opt.save, {words = words, vectors = vectors.weight}) end
