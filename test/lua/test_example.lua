--- examples/mnist.lua, small: its last line, resuming bit for bit, Ctrl-C, predictions, IDX files.
--
--    th test/lua/test_example.lua         (labels: slow)
require 'torch'
require 'nn'

local tests = torch.TestSuite()
local tester = torch.Tester()

local here = arg[0]:match('^(.*/)') or './'
local root = here .. '../../'
local th = arg[-1] or 'th'
local folder = os.tmpname()
os.remove(folder)
os.execute('mkdir ' .. folder)

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Runs a script by th; returns what it printed.
local function run_script(script, options)
   local pipe = assert(io.popen(table.concat({quoted(th), quoted(script), options, '2>&1'}, ' ')))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

local small = ' --train 300 --test 100 --threads 2 '
local function example(options) return run_script(root .. 'examples/mnist.lua', options .. small) end

local function file(name) return folder .. '/' .. name end

local function same_state(a, b, what)
   local x, y = a.model:getParameters(), b.model:getParameters()
   tester:eq(x, y, what .. ': parameters')
   tester:eq(a.sgd.dfdx, b.sgd.dfdx, what .. ': velocity')
   tester:eq(a.sgd.evalCounter, b.sgd.evalCounter, what .. ': steps')
   tester:eq(a.rng, b.rng, what .. ': random numbers')
   tester:eq(a.accuracy, b.accuracy, what .. ': accuracy')
end

local straight  -- the state after two epochs in one go

function tests.a_straight()
   local text = example('--epochs 2 --save ' .. file('straight.t7'))
   local accuracy = text:match('\ntest accuracy: (%d+%.%d%d) %%\n$')
   tester:assert(accuracy ~= nil, 'last line; the run said:\n' .. text)
   tester:assert(text:find('global correct', 1, true) ~= nil, 'confusion matrix')
   tester:assert(text:find('images/s', 1, true) ~= nil, 'progress bar')
   straight = torch.load(file('straight.t7'))
   tester:eq(('%.2f'):format(100 * straight.accuracy), accuracy)
   local best = torch.load(file('straight-best.t7'))
   tester:eq(best.accuracy, straight.best)
end

function tests.b_resume()
   example('--epochs 1 --save ' .. file('half.t7'))
   local text = example(('--resume %s --epochs 2 --save %s'):format(file('half.t7'), file('resumed.t7')))
   tester:assert(text:find('epoch 2 of 2', 1, true) ~= nil and not text:find('epoch 1 of', 1, true), text)
   same_state(torch.load(file('resumed.t7')), straight, 'resumed')
end

-- Ctrl-C after the 4th step of the second epoch, by a stand-in for th.signal.
function tests.c_interrupt()
   local driver = assert(io.open(file('driver.lua'), 'w'))
   driver:write(([[
      local asked = 0
      package.preload['th.signal'] = nil
      package.loaded['th.signal'] = {onInterrupt = function() end, interrupted = function()
         asked = asked + 1
         return asked == 10 + 4
      end}
      arg[0] = %q
      dofile(arg[0])
   ]]):format(root .. 'examples/mnist.lua'))
   driver:close()
   local text = run_script(file('driver.lua'), '--epochs 2 --save ' .. file('stopped.t7') .. small)
   tester:assert(text:find('interrupted; to go on: --resume', 1, true) ~= nil, text)
   tester:assert(not text:find('test accuracy: %d+%.%d+ %%\n$'), 'it did not go on')
   local stopped = torch.load(file('stopped.t7'))
   tester:eq(stopped.epoch, 2)
   tester:assertgt(stopped.position, 1)
   -- options other than --epochs come from the file, the name to save under included
   run_script(root .. 'examples/mnist.lua', '--resume ' .. file('stopped.t7'))
   same_state(torch.load(file('stopped.t7')), straight, 'after Ctrl-C')
end

function tests.d_predict()
   for _, name in ipairs{'straight.t7', 'straight-best.t7'} do
      local text = example('--predict ' .. file(name))
      local _, captions = text:gsub('%d %(%d+ %%%)', '')
      tester:eq(captions, 12, text)
   end
end

-- A folder of IDX files: four 28 x 28 images a set.
local function write_idx(name, ndim, sizes, values)
   local out = assert(io.open(file(name), 'wb'))
   out:write('\0\0\8', string.char(ndim))
   for _, n in ipairs(sizes) do out:write(string.char(0, 0, math.floor(n / 256), n % 256)) end
   out:write(values)
   out:close()
end

function tests.e_idx()
   package.path = root .. 'examples/?.lua;' .. package.path
   local data = require 'mnist.data'
   for _, prefix in ipairs{'train', 't10k'} do
      write_idx(prefix .. '-images-idx3-ubyte', 3, {4, 28, 28}, ('\0\51\102\255'):rep(28 * 28))
      write_idx(prefix .. '-labels-idx1-ubyte', 1, {4}, '\0\3\9\5')
   end
   local function check()
      local train, test = data.load(folder)
      tester:eq(train.labels, torch.LongTensor{1, 4, 10, 6})
      tester:eq(test.images:size():totable(), {4, 1, 28, 28})
      tester:eq(test.images:view(-1):narrow(1, 1, 4), torch.FloatTensor{0, 0.2, 0.4, 1}, 1e-6)
   end
   check()
   os.execute('gzip ' .. folder .. '/*ubyte')
   check()
   write_idx('train-images-idx3-ubyte', 3, {4, 28, 28}, 'short')
   tester:assertErrorPattern(function() data.load(folder) end, 'bytes expected')
   tester:assertErrorPattern(function() data.load(folder .. '/none') end, 'neither train')
end

tester:add(tests)
local ok, err = pcall(tester.run, tester)
os.execute('rm -r ' .. folder)
if not ok then error(err, 0) end
