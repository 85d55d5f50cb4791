#!/usr/bin/env th
--- Trains a network that guesses the next character of a text, and lets it write.
--
--    th examples/charlm.lua --data text.txt                          a Transformer, for a quarter of an hour
--    th examples/charlm.lua --data text.txt --model lstm --minutes 5
--    th examples/charlm.lua --data text.txt --checkpoint net.t7      keeps the net that did best on held-out text
--    th examples/charlm.lua --sample 500 --checkpoint net.t7 --minutes 0
--
-- The last tenth of the text is held out; losses are in nats a character.
require 'torch'
require 'nn'
require 'optim'

local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
local models = require 'charlm.model'

local cmd = torch.CmdLine()
cmd:text('Trains a network that guesses the next character of a text.')
cmd:text()
cmd:option('--data', '', 'a text file')
cmd:option('--model', 'transformer', 'lstm or transformer')
cmd:option('--minutes', 15, 'how long to train')
cmd:option('--iterations', 0, 'how many steps at most (0: any number)')
cmd:option('--width', 128, 'of the layers')
cmd:option('--layers', 0, 'how many (0: 2 of the LSTM, 4 of the Transformer)')
cmd:option('--heads', 4, 'of attention')
cmd:option('--context', 0, 'characters in a sequence (0: 50 of the LSTM, 64 of the Transformer)')
cmd:option('--batch', 0, 'sequences in a step (0: 50 of the LSTM, 16 of the Transformer)')
cmd:option('--dropout', 0, 'of the Transformer')
cmd:option('--rate', 0, 'learning rate at first; it falls to a twentieth (0: 4e-3 of the LSTM, 2e-3 of the Transformer)')
cmd:option('--every', 30, 'seconds between looks at held-out text')
cmd:option('--sample', 200, 'characters to write at the end')
cmd:option('--temperature', 0.8, 'of writing: below 1 sharpens')
cmd:option('--checkpoint', '', 'file for the best net')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--threads', 0, 'threads to use (0: as many as there are)')
local opt = cmd:parse(arg)

io.stdout:setvbuf('line')
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)
if opt.threads > 0 then torch.setnumthreads(opt.threads) end

-- A mistake of the user's ends the script by a sentence.
local function refuse(...)
   io.stderr:write('charlm.lua: ', string.format(...), '\n')
   os.exit(1)
end

local defaults = {lstm = {layers = 2, context = 50, batch = 50, rate = 4e-3}, transformer = {layers = 4, context = 64, batch = 16, rate = 2e-3}}
if not defaults[opt.model] then refuse("--model: lstm or transformer expected, got '%s'", opt.model) end
for name, value in pairs(defaults[opt.model]) do
   if opt[name] == 0 then opt[name] = value end
end

-- ---- text ----

local function read(path)
   local file = path ~= '' and io.open(path, 'rb')
   if not file then refuse("--data: %s", path == '' and 'name a text file' or ("there is no file '%s'"):format(path)) end
   local text = file:read('*a')
   file:close()
   return text
end

-- The different bytes of a text in order, and number by byte.
local function alphabet(text)
   local seen, list, number = {}, {}, {}
   for i = 1, #text do seen[text:byte(i)] = true end
   for byte = 0, 255 do
      if seen[byte] then
         list[#list + 1] = byte
         number[byte] = #list
      end
   end
   return list, number
end

local function encoded(text, number)
   local codes = torch.LongTensor(#text)
   for i = 1, #text do codes[i] = number[text:byte(i)] end
   return codes
end

-- `batch` streams side by side; a function that gives the next sequences, and what follows each character, from the start
-- again after the last, where the third value is true.
local function streams(codes, batch, context, time_major)
   local length = math.floor((codes:size(1) - 1) / batch)
   if length < context then refuse('a text of %d characters is too short for %d sequences of %d', codes:size(1), batch, context) end
   local x = codes:narrow(1, 1, batch * length):view(batch, length)
   local y = codes:narrow(1, 2, batch * length):view(batch, length)
   local at = length + 1
   return function()
      local first = at + context - 1 > length
      if first then at = 1 end
      local a, b = x:narrow(2, at, context), y:narrow(2, at, context)
      at = at + context
      if time_major then a, b = a:t(), b:t() end
      return a:contiguous(), b:contiguous():view(-1), first
   end, math.floor(length / context)
end

-- Sequences from anywhere, for a net that remembers nothing.
local function anywhere(codes, batch, context)
   local x, y = torch.LongTensor(batch, context), torch.LongTensor(batch, context)
   if codes:size(1) <= context then refuse('a text of %d characters is too short for sequences of %d', codes:size(1), context) end
   return function()
      for i = 1, batch do
         local at = torch.random(codes:size(1) - context)
         x[i]:copy(codes:narrow(1, at, context))
         y[i]:copy(codes:narrow(1, at + 1, context))
      end
      return x, y:view(-1), false
   end
end

-- ---- training ----

local criterion = nn.ClassNLLCriterion()

-- Mean loss on a text, all of it but the rest of a batch.
local function loss_on(net, codes)
   local batch = math.max(1, math.min(opt.batch, math.floor((codes:size(1) - 1) / opt.context)))
   local next_batch, n = streams(codes, batch, opt.context, net.timeMajor)
   local sum = 0
   net:evaluate()
   models.forget(net)
   for _ = 1, n do
      local x, y = next_batch()
      sum = sum + criterion:forward(net:forward(x), y)
   end
   models.forget(net)
   net:training()
   return sum / n
end

local function train(net, text, letters, number)
   local codes = encoded(text, number)
   local held = math.floor(codes:size(1) / 10)
   local training, validation = codes:narrow(1, 1, codes:size(1) - held), codes:narrow(1, codes:size(1) - held + 1, held)
   local next_batch = net.timeMajor and streams(training, opt.batch, opt.context, true) or anywhere(training, opt.batch, opt.context)
   local parameters, gradients = net:parameters()
   local count = 0
   for _, p in ipairs(parameters) do count = count + p:nElement() end
   print(('%s: %d parameters; %d characters to train on, %d held out, %d different ones'):format(opt.model, count, training:size(1), held, #letters))

   local config, state = {weightDecay = 0.01, beta2 = 0.99}, {}
   local clock, spent, looked, steps, best, mean = torch.Timer(), 0, 0, 0, math.huge
   local function done() return spent >= opt.minutes * 60 or opt.iterations > 0 and steps >= opt.iterations end
   local function progress()
      return math.max(spent / (opt.minutes * 60), opt.iterations > 0 and steps / opt.iterations or 0)
   end
   local function look()
      local loss = loss_on(net, validation)
      print(('%6.1f min %6.0f s of CPU %7d steps   training %.4f   held out %.4f'):format(spent / 60, os.clock(), steps, mean or 0 / 0, loss))
      if loss < best then
         best = loss
         if opt.checkpoint ~= '' then torch.save(opt.checkpoint, {net = net:clone():clearState(), letters = letters, loss = loss, options = opt}) end
      end
   end
   while not done() do
      local x, y, first = next_batch()
      if first then models.forget(net) end
      local warm = math.min(1, (steps + 1) / 100)
      config.learningRate = opt.rate * warm * (0.05 + 0.95 * (1 + math.cos(math.pi * math.min(1, progress()))) / 2)
      local _, fx = optim.adamw(function()
         net:zeroGradParameters()
         local output = net:forward(x)
         local loss = criterion:forward(output, y)
         net:backward(x, criterion:backward(output, y))
         optim.clipNorm(gradients, 1)
         return loss, gradients
      end, parameters, config, state)
      steps = steps + 1
      mean = mean and 0.98 * mean + 0.02 * fx[1] or fx[1]
      spent = clock:time().real
      if spent - looked >= opt.every then
         looked = spent
         local memory = {}
         net:apply(function(m) if m._lastOutput then memory[m] = {m._lastOutput, m._lastCell} end end)
         look()
         for m, kept in pairs(memory) do m._lastOutput, m._lastCell = unpack(kept) end -- the training stream goes on
      end
   end
   look()
   print(('best on held-out text: %.4f nats a character'):format(best))
end

-- ---- all ----

local net, letters, number
local saved = opt.checkpoint ~= '' and opt.minutes == 0 and torch.load(opt.checkpoint)
if saved then
   net, letters, number = saved.net, saved.letters, {}
   for i, byte in ipairs(letters) do number[byte] = i end
else
   local text = read(opt.data)
   letters, number = alphabet(text)
   net = models.new(opt.model, #letters, opt)
   train(net, text, letters, number)
end

if opt.sample > 0 then
   local codes = models.sample(net, {number[('\n'):byte()] or 1}, opt.sample, opt.temperature)
   local text = {}
   for i, code in ipairs(codes) do text[i] = string.char(letters[code]) end
   print(table.concat(text))
end
