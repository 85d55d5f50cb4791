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
      end, exit = function() os.exit(130) end}
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
   torch.save(file('predicted.t7'), torch.load(file('straight.t7')).model)
   tester:assert(example('--predict ' .. file('predicted.t7')):find('%d %(%d+ %%%)') ~= nil, 'a net alone')
end

local function fails(options, pattern, what)
   local text = run_script(root .. 'examples/mnist.lua', options .. ' 2>&1; echo " status $?"')
   tester:assert(text:find(pattern) ~= nil and text:find(' status 1\n$') ~= nil, what .. ': ' .. text)
   tester:assert(not text:find('drawing', 1, true), what .. ': before anything is done')
end

function tests.d_refusals()
   fails('--batch 0', '%-%-batch: a whole number from 1 on expected, got 0', 'no batch')
   fails('--epochs 1.5', '%-%-epochs: a whole number', 'half an epoch')
   fails('--dropout 1', '%-%-dropout: a share', 'all dropped')
   fails('--save ' .. folder .. '/none/x.t7', '%-%-save: .*No such file or directory', 'bad path')
   fails('--save ' .. folder, '%-%-save: .*directory', 'folder')
   fails('--resume ' .. folder .. '/none.t7', '%-%-resume: .*none%.t7', 'missing state')
   torch.save(file('table.t7'), {1, 2})
   fails('--data /nonexistent', '^mnist.lua: %-%-data: /nonexistent: [^\n]* are there\n', 'no data')
   fails('--predict ' .. file('absent.t7'), '^mnist.lua: %-%-predict: torch.load: [^\n]*absent.t7', 'absent file')
   fails('--predict ' .. file('table.t7'), 'neither the state of a run nor a net', 'other file to predict with')
   fails('--resume ' .. file('table.t7'), 'neither the state of a run nor a net', 'other file')
   tester:assert(not io.open(file('none.t7')), 'nothing is left behind')
end

function tests.d_no_epochs()
   local text = example('--epochs 0 --save ""')
   tester:assert(text:find('\ntest accuracy: %d+%.%d+ %%\n$') ~= nil, text)
   text = run_script(root .. 'examples/mnist.lua', '--resume ' .. file('straight.t7') .. ' --epochs 0')
   tester:eq(text:match('\ntest accuracy: (%d+%.%d+) %%\n$'), ('%.2f'):format(100 * straight.accuracy))
end

-- From a file with a net alone a new run begins; options given win over those of the file, the default ones too.
function tests.d_resume_options()
   local text = example(('--resume %s --epochs 1 --save %s'):format(file('straight-best.t7'), file('new.t7')))
   tester:assert(text:find('a new run begins with it', 1, true) ~= nil and text:find('epoch 1 of 1', 1, true) ~= nil, text)
   example(('--epochs 1 --learningRate 0.005 --batch 64 --dropout 0 --save %s'):format(file('odd.t7')))
   example(('--resume %s --epochs 2 --learningRate 0.02 --momentum 0.5 --save %s'):format(file('odd.t7'), file('even.t7')))
   local run = torch.load(file('even.t7'))
   tester:eq({run.sgd.learningRate, run.sgd.momentum, run.options.learningRate}, {0.02, 0.5, 0.02})
   tester:eq({run.options.batch, run.options.dropout, run.epoch}, {64, 0, 3})
end

-- The first lines of a log come before the first epoch is over, though nobody flushes them.
function tests.d_log()
   local pipe = assert(io.popen(table.concat({quoted(th), quoted(root .. 'examples/mnist.lua'), small, '--epochs 1 --save ""'}, ' ')))
   local first = pipe:read('*l')
   local all = pipe:read('*a')
   pipe:close()
   tester:eq(first, 'drawing 400 digits')
   tester:assert(all:find('\n +%d+%%  32/300 ') ~= nil, 'the first step shows: ' .. all)
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
   local _, _, note = data.load(folder)
   tester:eq(note, nil)
   write_idx('train-images-idx3-ubyte', 3, {4, 28, 28}, 'short')
   tester:assertErrorPattern(function() data.load(folder) end, 'bytes expected')
   tester:assertErrorPattern(function() data.load(folder .. '/none') end, 'neither train')
end

-- One set of images is split, and the note says how.
function tests.e_idx_split()
   package.path = root .. 'examples/?.lua;' .. package.path
   local data = require 'mnist.data'
   os.execute('mkdir ' .. file('one'))
   write_idx('one/train-images-idx3-ubyte', 3, {20, 28, 28}, ('\0\51\102\255'):rep(20 * 28 * 7))
   write_idx('one/train-labels-idx1-ubyte', 1, {20}, ('\0\3\9\5'):rep(5))
   local train, test, note = data.load(file('one'))
   tester:eq({train.labels:size(1), test.labels:size(1)}, {18, 2})
   tester:assert(note:find('every tenth (2 of 20) is kept for testing', 1, true) ~= nil, note)
   write_idx('one/train-images-idx3-ubyte', 3, {4, 28, 28}, ('\0\51\102\255'):rep(4 * 28 * 7))
   write_idx('one/train-labels-idx1-ubyte', 1, {4}, '\0\3\9\5')
   tester:assertErrorPattern(function() data.load(file('one')) end, 'too few images to keep')
end

tester:add(tests)
local ok, err = pcall(tester.run, tester)
os.execute('rm -r ' .. folder)
if not ok then error(err, 0) end
