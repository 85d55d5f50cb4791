--- What training is looked at with: nn.summary, profile, event files for TensorBoard, search for parameters.
require 'nn'
local train, profile = require 'train', require 'profile'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

local folder = os.tmpname()
os.remove(folder)
os.execute('mkdir ' .. folder)
local function file(name) return folder .. '/' .. name end

local function small_net()
   return nn.Sequential():add(nn.SpatialConvolution(3, 4, 3, 3)):add(nn.SpatialBatchNormalization(4)):add(nn.ReLU()):add(nn.View(-1):setNumInputDims(3))
      :add(nn.Linear(4 * 36, 5)):add(nn.ConcatTable():add(nn.Identity()):add(nn.Linear(5, 2)))
end

do -- nn.summary
   local net = small_net()
   local summary = nn.summary(net, {2, 3, 8, 8})
   eq(summary.parameters, 3 * 4 * 9 + 4 + 8 + 144 * 5 + 5 + 12, 'parameters')
   eq(#summary.rows, 9, 'rows')
   local conv, linear = summary.rows[2], summary.rows[6]
   eq({conv.name, conv.output, conv.parameters, conv.flops}, {'nn.SpatialConvolution', '2 x 4 x 6 x 6', 112, 2 * 108 * 2 * 36}, 'a convolution')
   eq({linear.output, linear.flops, linear.bytes}, {'2 x 5', 2 * 720 * 2, 80}, 'a linear layer')
   eq(summary.rows[7].output, '{2 x 5, 2 x 2}', 'tables')
   eq({net:get(1).output:dim(), rawget(net, 'updateOutput')}, {0}, 'the net itself is not touched')
   match(tostring(summary), '\n  nn.SpatialConvolution +2 x 4 x 6 x 6 +112 .*\n857 parameters', 'as text')
   eq(nn.summary(nn.LookupTable(5, 3), torch.LongTensor{1, 2}).rows[1].output, '2 x 3', 'of an input')
   check.error(function() nn.summary(net, 3) end, 'test_train_tools.lua:%d+: nn.summary: argument #2 %(size%)', 'no size')
   check.error(function() nn.summary(3, {1}) end, 'nn.summary: argument #1 %(net%)', 'no net')
end

do -- profile
   local net, criterion = nn.Sequential():add(nn.Linear(10, 20)):add(nn.Tanh()):add(nn.Linear(20, 3)), nn.MSECriterion()
   local x, y, z = torch.randn(5, 10), torch.randn(5, 3), torch.FloatTensor(1000):zero()
   local add, forward = torch.add, net.updateOutput
   local report = profile(function(n)
      for _ = 1, n do
         net:forward(x)
         criterion:forward(net.output, y)
         net:backward(x, criterion:backward(net.output, y))
         z:add(1)
         torch.add(z, z, 2)
         z:narrow(1, 1, 3) -- a view is no operation
         local _ = z * 2
      end
   end, 4)
   local function row(list, name)
      for _, r in ipairs(list) do
         if r.name == name then return r end
      end
      return {}
   end
   eq({row(report.operations, 'add').count, row(report.operations, 'add').bytes}, {8, 8 * 4000}, 'operations')
   eq({row(report.operations, '*').count, row(report.operations, 'narrow').count, row(report.operations, 'addmm').count}, {4},
      'signs count, views and what modules do do not')
   eq({row(report.modules, 'nn.Linear(10 -> 20) forward').count, row(report.modules, 'nn.Sequential backward').count, row(report.modules,
      'nn.MSECriterion forward').count}, {4, 4, 4}, 'modules')
   local whole = row(report.modules, 'nn.Sequential forward')
   ok(whole.own < whole.seconds and whole.seconds < report.seconds, 'own time is less')
   match(tostring(report), 'a copy moves [%d.]+ GB/s\n\noperation.*\nadd +8 .*\n\nmodule .*nn.Sequential forward +4 ', 'as text')
   ok(torch.add == add and net.updateOutput == forward, 'afterwards everything is as it was')
   check.error(function() profile(function() torch.mm(torch.ones(2, 3), torch.ones(2, 3)) end) end, 'test_train_tools.lua:%d+: mm: ', 'errors pass')
   check.error(function() profile(function() net:forward(torch.ones(2, 3)) end) end, 'In 1 module of nn.Sequential', 'those of nets, too')
   ok(torch.add == add and net.updateOutput == forward, 'and everything is as it was')
   check.error(function() profile(3) end, 'test_train_tools.lua:%d+: profile: argument #1 %(f%): function expected, got number', 'no function')
   check.error(function() profile(function() profile(print) end) end, 'a profile is being made already', 'one in another')
   report:trace(file('trace.json'))
   local text = io.open(file('trace.json')):read('*a')
   match(text, '^{"displayTimeUnit": "ms", "traceEvents": %[\n{"name": "[^"]+", "cat": "%l+", "ph": "X", "ts": [%d.]+, "dur": [%d.]+, "pid": 1, "tid": 1},',
      'trace')
   local _, n = text:gsub('"ph"', '')
   eq(n, #report.events, 'every call is in it')
end

do -- event files
   local events = train.EventFile(file('runs/one'))
   for step = 0, 300, 150 do events:scalar('loss', 1 / (step + 1), step) end
   events:histogram('weights', torch.range(1, 100), 3, 10)
   events:histogram('constant', torch.zeros(4), 3)
   events:image('picture', torch.rand(3, 4, 6), 2)
   events:graph(small_net())
   events:close()
   local f = io.open(events.path, 'rb')
   local bytes = f:read('*a')
   f:close()
   eq(bytes:sub(1, 8), '\26\0\0\0\0\0\0\0', 'the first record has 26 bytes')
   match(bytes, 'brain.Event:2', 'the version')
   check.error(function() events:scalar('x', 1, -1) end, 'train.EventFile.scalar: argument #3 %(step%)', 'a step below 0')
   check.error(function() events:image('x', torch.ones(3), 1) end, 'train.EventFile.image: argument #2 %(x%)', 'no image')
   local python = os.getenv('TH_PYTHON') or 'python3'
   if check.succeeds(python .. ' -c "import tensorboard" > /dev/null 2>&1') then
      f = io.open(file('read.py'), 'w')
      f:write([[
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1])
a.Reload()
print([(e.step, round(e.value, 6)) for e in a.Scalars('loss')])
h = a.Histograms('weights')[0].histogram_value
print(h.num, h.sum, list(h.bucket), len(h.bucket_limit))
p = a.Images('picture')[0]
print(p.width, p.height, p.encoded_image_string[1:4])
print([(n.name, list(n.input)) for n in a.Graph().node][-2:])
]])
      f:close()
      local pipe = io.popen(('%s %s %s 2>/dev/null'):format(python, file('read.py'), file('runs/one')))
      eq(pipe:read('*a'), [[
[(0, 1.0), (150, 0.006623), (300, 0.003322)]
100.0 5050.0 [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0] 10
6 4 b'PNG'
[('Sequential/6_ConcatTable/1_Identity', ['Sequential/5_Linear']), ('Sequential/6_ConcatTable/2_Linear', ['Sequential/5_Linear'])]
]], 'TensorBoard reads it')
      pipe:close()
   else
      print('skipped: reading by TensorBoard: there is no python3 with tensorboard')
   end
end

do -- search
   local floor = math.floor
   local space = {x = {low = 0.1, high = 10, log = true}, n = {low = 1, high = 3, whole = true}, kind = {'a', 'b'}}
   local best, trials = train.random{space = space, trials = 5, workers = 2, seed = 4, run = function(p)
      if p.kind == 'b' then error('not b') end
      return floor(p.n) + p.x * 0
   end}
   eq(#trials, 5, 'trials')
   eq({best.value, best.params.kind}, {best.params.n, 'a'}, 'the best one')
   ok(trials[5].value == math.huge and trials[5].error:find('not b'), 'what raises has an error')
   for _, trial in ipairs(trials) do ok(trial.params.x >= 0.1 and trial.params.x <= 10 and trial.params.n % 1 == 0, 'within the space') end
   local winner = train.halving{space = {x = {low = 0, high = 1}}, trials = 4, factor = 2, workers = 2, seed = 4, run = function(p,
      budget) return p.x / budget end}
   eq({winner.budget, winner.value}, {4, winner.params.x / 4}, 'halving: 4, 2, and 1 trial with 1, 2 and 4')
   check.error(function() train.random{space = {}, trials = 1, run = function() return 'x' end} end,
      'train.random: no trial has a value; the first says: run has to return a number', 'no value')
   check.error(function() train.random{space = {x = 3}, run = print} end, 'train.random: argument #1 %(options%): space.x', 'no range')
end

os.execute("rm -r '" .. folder .. "'")
check.finish()
