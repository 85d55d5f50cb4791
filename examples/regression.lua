--- A net that predicts one column of a table from the others.
--
--    th examples/regression.lua houses.csv price 50          file, column, epochs
--
-- Ctrl-C saves; the same command goes on. It leaves regression.t7 (the run), regression-best.t7 and regression.png.
require 'nn'
local data, train = require 'data', require 'train'
if not arg[2] then error('usage: th examples/regression.lua FILE COLUMN [EPOCHS]', 0) end

local file, column, epochs = arg[1], arg[2], tonumber(arg[3] or 50)
torch.manualSeed(1)

local csv = data.csv(file)
print(csv)
local all = csv:set{target = column, missing = 'mean'}
local x, y = data.normalizer(all.inputs), data.normalizer(all.targets)
local set = data.tensors(x:apply(all.inputs), y:apply(all.targets))
local learn, test = set:split(0.8)

local net = nn.Sequential()
   :add(nn.Linear(all.inputs:size(2), 32)):add(nn.ReLU())
   :add(nn.Linear(32, 32)):add(nn.ReLU())
   :add(nn.Linear(32, 1))
train.initialize(net, 'kaiming')
print(nn.summary(net, {32, all.inputs:size(2)}))

local run = train.fit{
   net = net, criterion = nn.MSECriterion(), epochs = epochs,
   data = learn:batches{size = 32, shuffle = true, seed = 1}, validation = test:batches{size = 100},
   method = 'adam', schedule = train.cosine{rate = 0.01, length = epochs}, clip = {norm = 5},
   metrics = {train.r2(), train.mae()}, checkpoint = 'regression.t7',
   callbacks = {train.best('regression-best.t7'), train.plot('regression.png')},
}

local guess = y:invert(run.net:forward(set.inputs:narrow(1, 1, 3)))
for i = 1, 3 do print(('row %d: %s is %g, predicted %.4g'):format(i, column, all.targets[i][1], guess[i][1])) end
