-- The networks of examples/charlm.lua. All give logarithms of probabilities, a row for each step of each sequence, and
-- have the fields that training and sampling go by:
--
--    timeMajor   whether batches are steps x batch (LSTM) or batch x steps (Transformer)
--    kind, vocabulary, context
require 'nn'

local M = {}

local function finish(net, width, vocabulary)
   return net:add(nn.View(-1, width)):add(nn.Linear(width, vocabulary)):add(nn.LogSoftMax())
end

--- An LSTM that goes on where the last batch ended. Weights and biases are uniform within 1 / sqrt(width), as PyTorch draws them:
-- on Shakespeare's plays 0.02 to 0.05 nats below, after as many steps, what SeqLSTM's own (normal, 1 in forget gates) reach.
function M.lstm(vocabulary, opt)
   local net, range = nn.Sequential():add(nn.Embedding(vocabulary, opt.width)), 1 / math.sqrt(opt.width)
   for _ = 1, opt.layers do
      local layer = nn.SeqLSTM(opt.width, opt.width):remember('both')
      layer.weight:uniform(-range, range)
      layer.bias:uniform(-range, range)
      net:add(layer)
   end
   finish(net, opt.width, vocabulary)
   net.timeMajor = true
   return net
end

--- A Transformer that sees `context` characters.
function M.transformer(vocabulary, opt)
   local net = nn.Sequential():add(nn.Embedding(vocabulary, opt.width)):add(nn.PositionalEncoding(opt.width, opt.context, true))
      :add(nn.TransformerEncoder(opt.layers, opt.width, opt.heads, 4 * opt.width, opt.dropout, true, true))
   net:get(1).weight:mul(0.02)
   finish(net, opt.width, vocabulary)
   net.timeMajor = false
   return net
end

--- A new net of a kind; refuses kinds there are not by nil.
function M.new(kind, vocabulary, opt)
   local make = M[kind]
   if not make or kind == 'new' then return nil end
   local net = make(vocabulary, opt)
   net.kind, net.vocabulary, net.context = kind, vocabulary, opt.context
   return net
end

--- Recurrent states of 0, empty caches.
function M.forget(net)
   net:apply(function(m)
      if m.forget then m:forget() end
      if m.cache then m:startCache() end
   end)
end

-- Turns caches of attention on or off, and tells how many characters came before.
local function caching(net, on)
   net:apply(function(m)
      if torch.isTypeOf(m, 'nn.MultiHeadAttention') then
         if on then m:startCache() else m:stopCache() end
      end
   end)
end
local function at_position(net, n)
   net:apply(function(m) if torch.isTypeOf(m, 'nn.PositionalEncoding') then m.offset = n end end)
end

--- n characters, as numbers, after those of the list `start`, drawn from the net's probabilities, sharpened by a temperature
-- below 1.
function M.sample(net, start, n, temperature)
   local codes, row = {unpack(start)}
   net:evaluate()
   caching(net, true)
   M.forget(net)
   local seen = 0 -- characters in the state or the cache
   local function feed(from)
      at_position(net, seen)
      for i = from, #codes do
         local out = net:forward(torch.LongTensor{{codes[i]}})
         row = out[out:size(1)]
         seen = seen + 1
         at_position(net, seen)
      end
   end
   feed(1)
   for _ = 1, n do
      local p = torch.div(row, temperature or 1):exp()
      codes[#codes + 1] = torch.multinomial(p, 1)[1]
      if net.kind == 'transformer' and seen >= net.context then -- starts again with the last half
         M.forget(net)
         seen = 0
         feed(#codes - math.floor(net.context / 2) + 1)
      else
         feed(#codes)
      end
   end
   caching(net, false)
   at_position(net, 0)
   M.forget(net)
   net:training()
   return codes
end

return M
