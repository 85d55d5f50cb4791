#!/usr/bin/env th
--- Learns to balance a pole by trying. README.md has its options.
require 'nn'
require 'optim'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
local physics = require 'physics'

local cmd = torch.CmdLine()
cmd:text('Learns to balance a pole on a cart by pushing it to the left or the right.')
cmd:option('--rounds', 60, 'steps of learning')
cmd:option('--episodes', 10, 'tries in a round')
cmd:option('--longest', 500, 'pushes in a try')
cmd:option('--discount', 0.99, 'what a push later counts, beside one now')
cmd:option('--hidden', 32, 'units of the net')
cmd:option('--rate', 0.01, 'learning rate')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--show', false, 'shows a try at the end, push by push')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

-- State -> log of the chances of both pushes.
local policy = nn.Sequential():add(nn.Linear(4, opt.hidden)):add(nn.Tanh()):add(nn.Linear(opt.hidden, 2)):add(nn.LogSoftMax())
local parameters, gradients = policy:getParameters()
local scale = torch.Tensor{1, 1, 5, 1} -- angles are small numbers

-- One try: states and the pushes drawn in them, and for each what came of it, its discounted return.
local function try(watch)
   local pole = physics.new()
   local state, over, states, pushes = pole:reset(), false, {}, {}
   while not over and #pushes < opt.longest do
      states[#states + 1] = torch.cmul(state, scale)
      pushes[#pushes + 1] = torch.multinomial(torch.exp(policy:forward(states[#states])), 1)[1]
      state, over = pole:step(pushes[#pushes])
      if watch then watch(pole) end
   end
   local returns, sum = {}, 0
   for t = #pushes, 1, -1 do
      sum = 1 + opt.discount * sum -- each push that keeps it up is worth 1
      returns[t] = sum
   end
   return states, pushes, returns
end

local function append(list, more)
   for _, v in ipairs(more) do list[#list + 1] = v end
end

-- The gradient of sum(advantage * -log chance) makes what went better than the average likelier, and what went worse less so.
local criterion = nn.ClassNLLCriterion(nil, false)
local state = {learningRate = opt.rate}
for round = 1, opt.rounds do
   local states, pushes, returns = {}, {}, {}
   for _ = 1, opt.episodes do
      local s, p, r = try()
      append(states, s)
      append(pushes, p)
      append(returns, r)
   end
   local x = torch.cat(states, 2):t():contiguous()
   local y, advantage = torch.LongTensor(pushes), torch.Tensor(returns)
   advantage:add(-advantage:mean()):div(advantage:std() + 1e-8)
   optim.adam(function()
      gradients:zero()
      local logs = policy:forward(x)
      local loss = criterion:forward(logs, y)
      local g = criterion:backward(logs, y):cmul(advantage:view(-1, 1):expandAs(logs))
      policy:backward(x, g)
      return loss, gradients:div(#pushes)
   end, parameters, state)
   if round % 10 == 0 or round == opt.rounds then
      print(('round %d of %d: up for %.0f pushes'):format(round, opt.rounds, #pushes / opt.episodes))
   end
end

if opt.show then try(function(pole) print(pole:picture()) end) end
