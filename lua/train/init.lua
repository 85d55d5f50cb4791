--- train: what training scripts write again and again, each part usable by itself. docs/training.md is the guide.
--
--    local train = require 'train'
--    local run = train.fit{net = net, criterion = criterion, data = set:batches{size = 32, shuffle = true, seed = 1},
--       validation = test:batches{size = 100}, epochs = 20, method = 'adam', schedule = train.cosine{rate = 1e-3, length = 20},
--       metrics = {train.accuracy()}, checkpoint = 'run.t7', callbacks = {train.best('best.t7'), train.earlyStopping{patience = 3}}}
--
-- Schedules are functions of time, metrics add up over batches, and so on: none of them needs fit. Nothing but this
-- file is loaded before it is used.
require 'torch'
local luaT = require 'luaT'

local train = {}
package.loaded.train = train -- the parts look it up

-- file -> its functions
local parts = {
   schedules = 'constant step multiStep exponential cosine oneCycle plateau warmUp',
   gradients = 'clipValue clipNorm', averages = 'ema swa',
   initializers = 'initialize xavier xavierNormal kaiming kaimingNormal orthogonal truncatedNormal',
   metrics = 'accuracy topk precision recall f1 auc mse mae r2 perplexity', optimizer = 'optimizer',
   fit = 'fit evaluate', callbacks = 'best earlyStopping logger tensorboard plot', search = 'random halving',
}
local file_of = {}
for file, names in pairs(parts) do
   for name in names:gmatch('%S+') do file_of[name] = 'train.' .. file end
end

-- class -> its file
local classes = {Schedule = 'schedules', Average = 'averages', Metric = 'metrics', Optimizer = 'optimizer', EventFile = 'events'}
for name, file in pairs(classes) do
   luaT.declare('train.' .. name, train, function() luaT.load('train.' .. file) end)
end

return setmetatable(train, {
   __index = function(_, name)
      local file = file_of[name]
      if not file then return nil end
      for n, f in pairs(require(file)) do rawset(train, n, f) end
      return rawget(train, name)
   end,
   __names = file_of, -- what pairs does not show, for completion and the like
})
