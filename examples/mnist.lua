#!/usr/bin/env th
--- Trains a small convolutional network on handwritten digits.
--
--    th examples/mnist.lua                           digits that it draws itself
--    th examples/mnist.lua --data FOLDER             MNIST, from its IDX files
--    th examples/mnist.lua --device cuda             trains on a GPU; THC=simt before it simulates one
--    th examples/mnist.lua --resume mnist.t7         goes on where a run ended or was interrupted
--    th examples/mnist.lua --predict mnist-best.t7   shows what a trained net says
require 'torch'
require 'nn'
require 'optim'
require 'xlua'

local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
local data, strokes, show = require 'mnist.data', require 'mnist.strokes', require 'mnist.show'

-- Ctrl-C asks this script to stop; under plain luajit, without `th`, it just ends it.
local has_signal, signal = pcall(require, 'th.signal')
local function interrupted() return has_signal and signal.interrupted() end

local cmd = torch.CmdLine()
cmd:text('Trains a convolutional network on handwritten digits.')
cmd:text()
cmd:option('--data', '', 'folder with MNIST in IDX files; without it digits are drawn')
cmd:option('--train', 0, 'how many digits to train on (0: all of MNIST, or 6000 drawn ones)')
cmd:option('--test', 0, 'how many to test on (0: all of MNIST, or 1000 drawn ones)')
cmd:option('--epochs', 5, 'passes over the training set')
cmd:option('--batch', 32, 'samples in a step')
cmd:option('--learningRate', 0.02, 'size of a step')
cmd:option('--learningRateDecay', 1e-3, 'divides it by 1 + steps * this')
cmd:option('--momentum', 0.9, 'momentum')
cmd:option('--dropout', 0.3, 'share of the features that are left out in training')
cmd:option('--device', 'cpu', 'where to train: cpu or cuda')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--threads', 0, 'threads to use (0: as many as there are)')
cmd:option('--save', 'mnist.t7', 'where the state of the run goes after each epoch; the best net goes to NAME-best.t7')
cmd:option('--resume', '', 'state of a run to go on with')
cmd:option('--predict', '', 'file with a net, to look at its answers')
local opt = cmd:parse(arg)

io.stdout:setvbuf('line') -- a log is to show how far it is, too
torch.setdefaulttensortype('torch.FloatTensor')

-- A mistake of the user's ends the script by a sentence.
local function refuse(...)
   io.stderr:write('mnist.lua: ', string.format(...), '\n')
   os.exit(1)
end

local given = {} -- names of the options that were given
for _, a in ipairs(arg) do
   local name = a:match('^%-%-(%a+)')
   if name then given[name] = true end
end

local function check_whole(name, least)
   if opt[name] < least or opt[name] % 1 ~= 0 then
      refuse('--%s: a whole number from %d on expected, got %g', name, least, opt[name])
   end
end
for _, name in ipairs{'train', 'test', 'epochs', 'threads'} do check_whole(name, 0) end
check_whole('batch', 1)
if opt.dropout < 0 or opt.dropout >= 1 then refuse('--dropout: a share from 0 to less than 1 expected, got %g', opt.dropout) end

local function best_path(path) return (path:gsub('%.t7$', '')) .. '-best.t7' end

-- Better now than after an epoch: can the files be written? What is not there yet is not left there.
local function check_writable(path)
   local old = io.open(path)
   if old then old:close() end
   local new, why = io.open(path, 'a')
   if not new then refuse('--save: %s', why) end
   new:close()
   if not old then os.remove(path) end
end

-- What the net is made of: torch.CudaTensor on a GPU.
local function device_type(device)
   if device == 'cpu' then return 'torch.FloatTensor' end
   if device ~= 'cuda' then refuse("--device: cpu or cuda expected, got '%s'", tostring(device)) end
   require 'cunn'
   return 'torch.CudaTensor'
end

-- Data ----------------------------------------------------------------------------------------------

-- Training and test set, a function of the options alone, so that a run that resumes sees the same.
local function load_data(o)
   torch.manualSeed(o.seed)
   if o.data == '' then
      local ntrain, ntest = o.train > 0 and o.train or 6000, o.test > 0 and o.test or 1000
      print(('drawing %d digits'):format(ntrain + ntest))
      return strokes.digits(ntrain), strokes.digits(ntest)
   end
   local ok, train, test, note = pcall(data.load, o.data)
   if not ok and tostring(train):find('interrupted!$') then error(train, 0) end
   if not ok then refuse('--data: %s', (tostring(train):gsub('^[^\n]-:%d+: ', ''):gsub('^data%.%w+: ', ''))) end
   if note then print(note) end
   return data.first(train, o.train), data.first(test, o.test)
end

-- Model ---------------------------------------------------------------------------------------------

-- After LeNet-5 (LeCun et al., 1998): two rounds of convolution and pooling, two linear layers.
local function new_model(o)
   local net = nn.Sequential()
   net:add(nn.SpatialConvolution(1, 16, 5, 5))    -- 16 x 24 x 24
   net:add(nn.SpatialMaxPooling(2, 2, 2, 2))      -- 16 x 12 x 12
   net:add(nn.ReLU(true))
   net:add(nn.SpatialConvolution(16, 32, 5, 5))   -- 32 x 8 x 8
   net:add(nn.SpatialMaxPooling(2, 2, 2, 2))      -- 32 x 4 x 4
   net:add(nn.ReLU(true))
   net:add(nn.View(32 * 4 * 4))
   if o.dropout > 0 then net:add(nn.Dropout(o.dropout)) end
   net:add(nn.Linear(32 * 4 * 4, 128))
   net:add(nn.ReLU(true))
   net:add(nn.Linear(128, 10))
   net:add(nn.LogSoftMax())
   return net
end

-- Pixels as the net wants them: about mean 0, deviation 1.
local function normalized(images) return images:add(-0.13):div(0.31) end

local digits = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}

local function evaluate(model, set, batch)
   local type_ = model:type()
   local confusion = optim.ConfusionMatrix(digits)
   model:evaluate()
   for first = 1, set.labels:size(1), batch do
      local n = math.min(batch, set.labels:size(1) - first + 1)
      local inputs = normalized(set.images:narrow(1, first, n):clone())
      confusion:batchAdd(model:forward(inputs:type(type_)):float(), set.labels:narrow(1, first, n))
   end
   confusion:updateValids()
   return confusion
end

-- What the file named by an option holds: the state of a run, or a net alone.
local function read(option, path)
   local ok, saved = pcall(torch.load, path)
   if not ok then refuse('--%s: %s', option, (saved:gsub('^[^\n]-:%d+: ', ''))) end
   if torch.isTypeOf(saved, 'nn.Module') then saved = {model = saved} end
   if type(saved) ~= 'table' or not torch.isTypeOf(saved.model, 'nn.Module') then
      refuse('--%s: %s holds neither the state of a run nor a net', option, path)
   end
   return saved
end

-- Predicting ------------------------------------------------------------------------------------------

local function predict(path, count)
   local saved = read('predict', path)
   local o = saved.options or opt
   if opt.data ~= '' then o.data = opt.data end
   if o.data == '' then o.seed, o.train, o.test = o.seed + 1, 1, count end  -- digits it has never seen
   local _, test = load_data(o)
   test = data.first(test, count)
   saved.model:float():evaluate()
   local scores = saved.model:forward(normalized(test.images:clone()))
   local _, best = scores:max(2)
   local captions = {}
   for i = 1, best:size(1) do
      local answer, truth = digits[best[i][1]], digits[test.labels[i]]
      captions[i] = ('%s (%.0f %%)'):format(answer, 100 * math.exp(scores[i][best[i][1]]))
      if answer ~= truth then captions[i] = captions[i] .. ' is ' .. truth end
   end
   show.images(test.images:select(2, 1), captions, 3)
end

if opt.predict ~= '' then
   predict(opt.predict, 12)
   return
end

-- The state of a run: everything that the rest of it depends on --------------------------------------

local settings = {'learningRate', 'learningRateDecay', 'momentum'} -- of the optimizer

local function new_run(model)
   local run = {options = opt, model = model, epoch = 1, position = 1, loss = 0, best = 0, sgd = {dampening = 0}}
   for _, name in ipairs(settings) do run.sgd[name] = opt[name] end
   return run
end

-- The state of a run in a file. One that holds a net alone begins a new run of it.
local function resume(path)
   local saved = read('resume', path)
   -- options given now win over those that the run began with
   for name, value in pairs(saved.options or {}) do
      if not given[name] then opt[name] = value end
   end
   for _, dropout in ipairs(given.dropout and saved.model:findModules('nn.Dropout') or {}) do dropout.p = opt.dropout end
   if not saved.sgd then
      print(('%s holds a net, but not the state of a run: a new run begins with it'):format(path))
      return new_run(saved.model), false
   end
   for _, name in ipairs(settings) do
      if given[name] then saved.sgd[name] = opt[name] end
   end
   saved.options = opt
   return saved, true
end

local run, goes_on
if opt.resume ~= '' then run, goes_on = resume(opt.resume) end
if opt.save ~= '' then
   check_writable(opt.save)
   check_writable(best_path(opt.save))
end

local type_ = device_type(opt.device)
if opt.threads > 0 then torch.setnumthreads(opt.threads) end -- sums depend on it in the last bits
local train, test = load_data(opt)
local ntrain = train.labels:size(1)

if goes_on then
   torch.setRNGState(run.rng)
   if run.gpu_rng and cutorch then cutorch.setRNGState(run.gpu_rng) end
   for name, value in pairs(run.sgd) do
      if torch.isTensor(value) then run.sgd[name] = value:type(type_) end
   end
   if run.position > 1 and run.order:size(1) ~= ntrain then run.position = 1 end -- other data: the epoch begins anew
else
   if cutorch then cutorch.manualSeed(opt.seed) end
   run = run or new_run(new_model(opt))
end
local model, criterion = run.model:type(type_), nn.ClassNLLCriterion():type(type_)
local parameters, gradients = model:getParameters()

local function save_run()
   if opt.save == '' then return end
   run.rng = torch.getRNGState()
   run.gpu_rng = cutorch and cutorch.getRNGState()
   model:clearState()  -- outputs and the like need not be kept
   torch.save(opt.save, run)
end

local function save_best(accuracy)
   if opt.save == '' then return end
   model:clearState()
   torch.save(best_path(opt.save), {model = model, options = opt, accuracy = accuracy})
end

-- Training ----------------------------------------------------------------------------------------------

-- One pass over the training set, or the rest of one. Returns false when Ctrl-C ended it.
local function train_epoch()
   if run.position == 1 then
      run.order, run.loss = torch.randperm(ntrain):long(), 0
   end
   model:training()
   local timer, started = torch.Timer(), run.position
   local inputs, targets = torch.Tensor(), torch.LongTensor()
   while run.position <= ntrain do
      local n = math.min(opt.batch, ntrain - run.position + 1)
      local chosen = run.order:narrow(1, run.position, n)
      inputs:index(train.images, 1, chosen)
      normalized(inputs)
      local batch = inputs:type(type_)
      targets:index(train.labels, 1, chosen)

      local _, loss = optim.sgd(function()
         gradients:zero()
         local outputs = model:forward(batch)
         local loss = criterion:forward(outputs, targets)
         model:backward(batch, criterion:backward(outputs, targets))
         return loss, gradients
      end, parameters, run.sgd)

      run.loss = run.loss + loss[1] * n
      run.position = run.position + n
      local done = run.position - 1
      if interrupted() then return false end -- before the bar is drawn once more
      xlua.progress(done, ntrain, ('loss %.3f | %.0f images/s')
         :format(run.loss / done, (run.position - started) / timer:time().real))
   end
   run.position = 1
   return true
end

print(('%d digits to train on, %d to test, %d parameters, %s')
   :format(ntrain, test.labels:size(1), parameters:nElement(),
      opt.device == 'cpu' and torch.getnumthreads() .. ' threads' or cutorch.getDeviceProperties(cutorch.getDevice()).name))
if has_signal then signal.onInterrupt('\nstopping after this step; Ctrl-C again to stop at once\n') end

while run.epoch <= opt.epochs do
   print(('epoch %d of %d'):format(run.epoch, opt.epochs))
   if not train_epoch() then
      save_run()
      print(opt.save == '' and 'interrupted' or ('interrupted; to go on: --resume %s'):format(opt.save))
      signal.exit() -- as Ctrl-C does, so that a loop of the shell stops, too
   end
   local confusion = evaluate(model, test, 250)
   print(confusion)
   run.accuracy = confusion.totalValid
   print(('epoch %d: loss %.4f, test accuracy %.2f %%'):format(run.epoch, run.loss / ntrain, 100 * run.accuracy))
   run.epoch = run.epoch + 1
   if run.accuracy > run.best then
      run.best = run.accuracy
      save_best(run.accuracy)
   end
   save_run()
end
local accuracy = run.accuracy or evaluate(model, test, 250).totalValid -- of --epochs 0
print(('test accuracy: %.2f %%'):format(100 * accuracy))
