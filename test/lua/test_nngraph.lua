--- nngraph: nets as graphs, against the same nets written otherwise; gradients, the module protocol, errors that tell
-- the node, drawings.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nngraph'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(4)
local Jacobian = nn.Jacobian
local function line() return debug.getinfo(2, 'l').currentline end
local function near(a, b, what, tol) check.ok(a:isSameSizeAs(b) and (a - b):abs():max() <= (tol or 1e-12), what) end

-- ---- values ----

-- x -> linear -> tanh -> linear, and a way around
local function two_ways()
   local x = nn.Identity()()
   local h = nn.Tanh()(nn.Linear(4, 5)(x))
   local y = nn.CAddTable(){nn.Linear(4, 3)(x), nn.Linear(5, 3)(h)}
   return nn.gModule({x}, {y})
end
local function two_ways_plain()
   return nn.Sequential():add(nn.ConcatTable()
      :add(nn.Linear(4, 3))
      :add(nn.Sequential():add(nn.Linear(4, 5)):add(nn.Tanh()):add(nn.Linear(5, 3)))):add(nn.CAddTable())
end

for _, kind in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
   local tol = kind == 'torch.FloatTensor' and 1e-5 or 1e-12
   local net, plain = two_ways():type(kind), two_ways_plain():type(kind)
   -- the same weights, by the sizes of layers
   local linears, targets = net:findModules('nn.Linear'), plain:findModules('nn.Linear')
   check.eq({#linears, #targets, #net:parameters()}, {3, 3, 6}, 'as many layers')
   for _, t in ipairs(targets) do
      for _, l in ipairs(linears) do
         if l.weight:isSameSizeAs(t.weight) then t.weight:copy(l.weight) t.bias:copy(l.bias) end
      end
   end
   local x, g = torch.randn(2, 4):type(kind), torch.randn(2, 3):type(kind)
   for pass = 1, 2 do
      near(net:forward(x), plain:forward(x), 'output', tol)
      if pass == 1 then net:zeroGradParameters() plain:zeroGradParameters() end
      near(net:backward(x, g, pass), plain:backward(x, g, pass), 'gradInput, of two ways', tol)
   end
   for _, t in ipairs(targets) do
      for _, l in ipairs(linears) do
         if l.weight:isSameSizeAs(t.weight) then near(l.gradWeight, t.gradWeight, 'gradWeight', tol * 10) end
      end
   end
   net:updateParameters(.1)
   plain:updateParameters(.1)
   near(net:forward(x), plain:forward(x), 'after an update', tol * 10)
   net:backwardUpdate(x, g, .1)
   plain:backwardUpdate(x, g, .1)
   near(net:forward(x), plain:forward(x), 'after an update at once', tol * 10)
   local x2 = torch.randn(4, 2):type(kind):t()
   near(net:forward(x2), plain:forward(x2), 'an input that is not contiguous', tol)
end

check.ok(Jacobian.testJacobian(two_ways(), torch.Tensor(2, 4)) < 1e-6, 'gradInput by differences')
do
   local net = two_ways()
   for _, l in ipairs(net:findModules('nn.Linear')) do
      check.ok(Jacobian.testJacobianParameters(net, torch.Tensor(2, 4), l.weight, l.gradWeight) < 1e-6, 'gradWeight by differences')
   end
end

do -- several inputs and outputs, a node that feeds two, tables that pass through
   local a, b = nn.Identity()(), nn.Identity()()
   local s = nn.CAddTable(){a, b}
   local net = nn.gModule({a, b}, {nn.Square()(s), s})
   local x, y = torch.randn(3), torch.randn(3)
   local out = net:forward{x, y}
   near(out[1], torch.pow(x + y, 2), 'first output')
   near(out[2], x + y, 'second output')
   local g = {torch.randn(3), torch.randn(3)}
   local gi = net:backward({x, y}, g)
   near(gi[1], torch.cmul(g[1], x + y) * 2 + g[2], 'gradients of both outputs add up')
   near(gi[2], gi[1], 'for both inputs')
   near(g[1], g[1]:clone(), 'gradOutput stays')

   local t = nn.Identity()()
   local p, q = t:split(2)
   net = nn.gModule({t}, {nn.CMulTable(){q, p}, p})
   out = net:forward{x, y}
   near(out[1], torch.cmul(x, y), 'split')
   gi = net:backward({x, y}, g)
   near(gi[1], torch.cmul(g[1], y) + g[2], 'its first gradient')
   near(gi[2], torch.cmul(g[1], x), 'its second')
   check.error(function() net:forward{x} end, 'split%(2%) cannot split 1 outputs', 'split of fewer')
   check.error(function() net:forward(x) end, 'split%(2%) cannot split what are no outputs', 'split of a tensor')

   local only = nn.Identity()()
   net = nn.gModule({only}, {nn.Tanh()(only:split(1))})
   near(net:forward{x}, torch.tanh(x), 'split(1)')
   check.eq(#net:backward({x}, x), 1, 'its gradient is a table')

   -- nested tables, which two consumers share
   local i, j = nn.Identity()(), nn.Identity()()
   local nest = nngraph.nest{i, {j, {i}}}
   net = nn.gModule({i, j}, {nn.FlattenTable()(nest), nn.Identity()(nest)})
   local flat, nested = unpack(net:forward{x, y})
   check.ok(rawequal(flat[3], x) and rawequal(nested[2][1], y) and rawequal(nested[2][2][1], x), 'nest')
   gi = net:backward({x, y}, {{x, y, x}, {x, {y, {x}}}})
   near(gi[1], x * 4, 'gradients of nested tables add up')
   near(gi[2], y * 2, 'and once more')
   gi = net:backward({x, y}, {{x, y, x}, {x, {y, {x}}}})
   near(gi[1], x * 4, 'the same again')
   near(nngraph.JustTable():forward(x)[1], x, 'JustTable')
   check.error(function() nngraph.JustElement():forward{x, y} end, 'one element', 'JustElement of two')

   -- a net within a net, twice the same module
   local inner = two_ways()
   local o = nn.Identity()()
   net = nn.gModule({o}, {nn.Tanh()(inner(o))})
   local z = torch.randn(2, 4)
   near(net:forward(z), torch.tanh(inner:forward(z)), 'a net within a net')
   check.ok(Jacobian.testJacobian(net, torch.Tensor(2, 4)) < 1e-6, 'its gradient')
   local chain = nn.Linear(4, 3)() - nn.Tanh() - nn.Linear(3, 2)
   net = nn.gModule({chain.children[1].children[1]}, {chain})
   check.eq(net:forward(z):size():totable(), {2, 2}, 'a chain')
   chain = -nn.Linear(4, 3)
   check.eq(nn.gModule({chain}, {chain - nn.Tanh()}):forward(z):size(2), 3, 'a chain that begins with a dash')
   local first = nn.Linear(4, 3) - nn.Tanh()
   check.eq(nn.gModule({first.children[1]}, {first}):forward(z):size(2), 3, 'of two modules')

   -- a criterion in a net
   local prediction, target = nn.Identity()(), nn.Identity()()
   net = nn.gModule({prediction, target}, {nn.MSECriterion(){nn.Tanh()(prediction), target}})
   near(net:forward{x, y}, torch.Tensor{torch.pow(torch.tanh(x) - y, 2):mean()}, 'criterion')
   gi = net:backward({x, y}, torch.Tensor{3})
   near(gi[1], torch.cmul((torch.tanh(x) - y) * 2, 1 - torch.pow(torch.tanh(x), 2)), 'its gradient, times gradOutput')
   near(gi[2], torch.zeros(3), 'none for the target')
   check.error(function() nn.ModuleFromCriterion(nn.Tanh()) end, 'argument #1 %(criterion%): criterion expected', 'no criterion')

   -- functions of one's own
   net = two_ways()
   local seen = {}
   net:runForwardFunction(function(m, input) seen[#seen + 1] = torch.type(m) return m:updateOutput(input) end, z)
   check.eq(#seen, 6, 'runForwardFunction')
   near(net:runForwardFunction('forward', z), net:forward(z), 'by name')
   local text = check.captured(function() net.verbose = true net:forward(z) end)
   check.eq(select(2, text:gsub(' V : ', '')), 8, 'verbose: a line for each node')

   -- no gradient for the input of a layer
   net = two_ways()
   for _, l in ipairs(net:findModules('nn.Linear')) do if l.weight:size(2) == 4 then l.gradInput = nil end end
   net:forward(z)
   check.eq(net:backward(z, torch.randn(2, 3)), nil, 'layers without gradInput')
end

do -- a recurrent net of two layers, unrolled by clones that share parameters
   local size, inputs, outputs = 3, {}, {}
   for i = 1, 5 do inputs[i] = nn.Identity()() end
   local x = inputs[1]
   for layer = 1, 2 do
      local c, h = inputs[2 * layer], inputs[2 * layer + 1]
      local i2h = nn.Linear(layer == 1 and 4 or size, 4 * size)(x):annotate{name = 'i2h_' .. layer}
      local sums = nn.CAddTable(){i2h, nn.Linear(size, 4 * size)(h):annotate{name = 'h2h_' .. layer}}
      local n1, n2, n3, n4 = nn.SplitTable(2)(nn.Reshape(4, size)(sums)):split(4)
      local keep, forget, out, new = nn.Sigmoid()(n1), nn.Sigmoid()(n2), nn.Sigmoid()(n3), nn.Tanh()(n4)
      local nextc = nn.CAddTable(){nn.CMulTable(){forget, c}, nn.CMulTable(){keep, new}}
      local nexth = nn.CMulTable(){out, nn.Tanh()(nextc)}
      outputs[#outputs + 1], outputs[#outputs + 2] = nextc, nexth
      x = nexth
   end
   outputs[#outputs + 1] = nn.LogSoftMax()(nn.Linear(size, 4)(nn.Dropout(.3)(x)))
   local net = nn.gModule(inputs, outputs)
   local selftest, T = require 'nn.selftest', torch.Tensor
   local difference = selftest.module_difference{net, {T(2, 4), T(2, size), T(2, size), T(2, size), T(2, size)}}
   check.ok(difference < 1e-6, 'a recurrent cell: gradients by differences, ' .. difference)
   check.ok(selftest.float_difference{net, {T(2, 4), T(2, size), T(2, size), T(2, size), T(2, size)}} < 1e-5, 'in Float')

   local flat, grad = net:getParameters()
   local clones = {}
   for t = 1, 3 do clones[t] = net:clone('weight', 'bias', 'gradWeight', 'gradBias') end
   net:evaluate()
   for _, c in ipairs(clones) do c:evaluate() end
   local zero, input = torch.zeros(2, size), torch.randn(3, 2, 4)
   local function run()
      local state, loss = {zero, zero, zero, zero}, 0
      for t, c in ipairs(clones) do
         local out = c:forward{input[t], unpack(state)}
         loss = loss + out[5]:sum()
         state = {out[1], out[2], out[3], out[4]}
      end
      return loss
   end
   run()
   grad:zero()
   local back = {zero, zero, zero, zero}
   for t = 3, 1, -1 do
      local before = t > 1 and clones[t - 1].output or {zero, zero, zero, zero}
      local gi = clones[t]:backward({input[t], before[1], before[2], before[3], before[4]}, {back[1], back[2], back[3], back[4], torch.ones(2, 4)})
      back = {gi[2]:clone(), gi[3]:clone(), gi[4]:clone(), gi[5]:clone()}
   end
   for i = 1, flat:size(1), 17 do
      local v = flat[i]
      flat[i] = v + 1e-6
      local above = run()
      flat[i] = v - 1e-6
      local below = run()
      flat[i] = v
      check.ok(math.abs((above - below) / 2e-6 - grad[i]) < 1e-6, 'through time: parameter ' .. i)
   end
end

-- ---- the module protocol ----
do
   local net, x = two_ways(), torch.randn(2, 4)
   local y = net:forward(x):clone()
   net:backward(x, y)
   local copy = net:clone()
   near(copy:forward(x), y, 'clone', 0)
   copy:get(2).weight:fill(0)
   near(net:forward(x), y, 'has memory of its own', 0)
   local shared = net:clone('weight', 'bias', 'gradWeight', 'gradBias')
   net:apply(function(m) if m.weight then m.weight:mul(.5) end end)
   near(shared:forward(x), net:forward(x), 'clone that shares', 0)
   near(net:double():float():forward(x:float()):double(), shared:forward(x), 'float', 1e-6)
   check.eq(torch.typename(net.forwardnodes[1].data.input[1]), 'torch.FloatTensor', 'type: nodes, too')
   check.eq(net:type(), 'torch.FloatTensor', 'type')
   local text = torch.serialize(net, 'ascii')
   near(torch.deserialize(text, 'ascii'):forward(x:float()), net:forward(x:float()), 'from a file', 0)
   local p, g = two_ways():getParameters()
   check.eq({p:nElement(), g:nElement()}, {4 * 5 + 5 + 4 * 3 + 3 + 5 * 3 + 3, p:nElement()}, 'getParameters')
   local size = #torch.serialize(net)
   net:clearState()
   check.ok(#torch.serialize(net) < size and net.output == nil, 'clearState')
   near(net:forward(x:float()):double(), shared:forward(x), 'then forward', 1e-6)
   net:training()
   check.ok(net.modules[1].train, 'training')
   net:evaluate()
   check.ok(net.modules[1].train == false, 'evaluate')
   net:replace(function(m) return torch.typename(m) == 'nn.Tanh' and nn.Sigmoid() or m end)
   check.eq({#net:findModules('nn.Tanh'), #net:findModules('nn.Sigmoid')}, {0, 1}, 'replace: the modules')
   net:double()
end
do
   local a, b, z, n = two_ways(), two_ways(), torch.randn(2, 4), 0
   a:map(b, function(mine, its)
      n = n + 1
      if mine.weight then mine.weight:copy(its.weight) mine.bias:copy(its.bias) end
   end)
   check.eq(n, 6, 'map: every module')
   near(a:forward(z), b:forward(z), 'map', 0)
   check.error(function() a:map(nn.gModule({nn.Tanh()()}, {nn.Tanh()()}), print) end, '.', 'another structure')
   check.eq({tostring(a), torch.type(a)}, {'nn.gModule', 'nn.gModule'}, 'text')
   a.name = 'mine'
   check.eq(tostring(a), 'mine', 'text of a net with a name')
   local seq = nn.Sequential():add(two_ways()):add(nn.Tanh())
   check.eq(seq:forward(z):size(2), 3, 'a net in a container')
end

-- ---- errors ----
do
   local file = debug.getinfo(1, 'S').short_src:match('[^/]*$'):gsub('%p', '%%%0')
   local function raises(f, pattern, what)
      local ok, err = pcall(f)
      check.ok(not ok, what .. ': raises')
      check.match(err, file .. ':' .. debug.getinfo(f, 'S').linedefined .. ': .*' .. pattern, what)
   end
   local x = nn.Identity()()
   raises(function() nn.Tanh()(nil) end, 'inputs%[1%] is nil %(typo / bad index%?%)', 'nil')
   raises(function() nn.Tanh(){x, nil, x} end, 'inputs%[2%] is nil', 'nil in a table')
   raises(function() nn.Tanh(){} end, 'the table of inputs is empty', 'empty table')
   raises(function() nn.Tanh()(nn.Tanh()) end, 'inputs%[1%] is a module, a nn.Tanh.*nn.Tanh%(...%)%(%)', 'module')
   raises(function() nn.Tanh()(torch.ones(2)) end, 'inputs%[1%] is a torch.DoubleTensor.*forward', 'tensor')
   raises(function() nn.Tanh()(x, x) end, 'several inputs are one table', 'two arguments')
   raises(function() nn.CAddTable(){x, x} end, "Don't pass the same input twice.", 'twice the same')
   raises(function() return x - 3 end, 'expected node %- module, got nngraph.Node %- number', 'minus a number')
   raises(function() nngraph.nest(3) end, 'nngraph.nest: node or table', 'nest')
   raises(function() x:split(0) end, 'split: argument #1 %(n%)', 'split of none')
   raises(function() nn.gModule({}, {x}) end, 'no inputs', 'no inputs')
   raises(function() nn.gModule({x}, {}) end, 'no outputs', 'no outputs')
   raises(function() nn.gModule(x, {x}) end, 'inputs: table of nodes expected, got nngraph.Node', 'no table')
   raises(function() nn.gModule({x}, {nn.Tanh()}) end, 'outputs%[1%] is a module', 'no node')
   raises(function() nn.gModule({nn.Tanh()(x)}, {nn.Tanh()(x)}) end, 'inputs%[1%], declared on %S*: an input should have no inputs',
      'an input with inputs')

   local a, b = nn.Identity()(), nn.Identity()()
   local other = nn.Linear(3, 4)(a) local at = line()
   raises(function() nn.gModule({a}, {nn.Tanh()(a)}) end, 'nn.gModule: node declared on %[%S*' .. file .. '%]:' .. at
      .. '_ does not connect to gmodule output', 'a node that leads nowhere')
   check.ok(other ~= nil, 'it is there')
   local c = nn.Identity()()
   raises(function() nn.gModule({b}, {nn.Tanh()(c)}) end, 'node declared on %S* has no input, and is none of the inputs', 'an input is missing')
   local d, e = nn.Identity()(), nn.Identity()()
   raises(function() nn.gModule({d, e}, {nn.Tanh()(d)}) end, 'inputs%[2%], node declared on %S*, does not connect to gmodule output', 'an input is not used')
   local t = nn.Identity()()
   local p = t:split(3) at = line()
   raises(function() nn.gModule({t}, {nn.Tanh()(p)}) end, '2 of split%(3%) outputs from the node declared at %S* split at %[%S*'
      .. file .. '%]:' .. at .. ' are unused', 'a part is not used')

   local net = two_ways()
   raises(function() net:forward(torch.ones(2, 5)) end,
      'nn.Linear: argument #1 %(input%): size mismatch: expected input with 4 features.*\nIn %d+ module of nn.gModule:\nnn.Linear%(4 %-> %d+%)$',
      'a node fails')
   local i, j = nn.Identity()(), nn.Identity()()
   net = nn.gModule({i, j}, {nn.CAddTable(){i, j}, i})
   raises(function() net:forward{torch.ones(2)} end, 'nn.gModule: argument #1 %(input%): Got 1 inputs instead of 2', 'too few inputs')
   raises(function() net:forward(torch.ones(2)) end, 'expecting table of 2 inputs, got torch.DoubleTensor', 'no table of inputs')
   raises(function() net:accGradParameters() end, 'updateGradInput must come before', 'the order of passes')
   net:forward{torch.ones(2), torch.ones(2)}
   raises(function() net:backward({torch.ones(2), torch.ones(2)}, torch.ones(2)) end,
      'argument #2 %(gradOutput%): Got torch.DoubleTensor instead of a table of 2 gradients', 'gradOutput')
   raises(function() two_ways():forward() end, 'Got 0 inputs instead of 1', 'no input')
end

-- ---- names and drawings ----
do
   local input = nn.Identity()()
   local parts = {nn.Linear(4, 2)(input), nn.Linear(4, 3)(input)}
   local joined = nn.JoinTable(2)(parts):annotate{name = 'all', description = 'both "parts"', graphAttributes = {color = 'blue'}}
   nngraph.annotateNodes()
   check.eq({input.data.annotations.name, parts[2].data.annotations.name, joined.data.annotations.name}, {'input', 'parts[2]', 'all'}, 'annotateNodes')
   local function named_by_a_helper() nngraph.annotateNodes(3) end
   local late = nn.Tanh()(joined)
   named_by_a_helper()
   check.eq(late.data.annotations.name, 'late', 'annotateNodes, of the caller')
   local net = nn.gModule({input}, {late})
   net:forward(torch.ones(1, 4))
   local text = net.fg:todot('net')
   check.match(text, 'color=blue, label="all %(%d%)\\ldesc = both \\"parts\\"\\lmodule = nn.JoinTable\\lmapindex = {parts%[1%],parts%[2%]}'
      .. '\\linput = {Tensor%[1x2%],Tensor%[1x3%]}\\l"', 'a label')
   check.match(text, 'tooltip="%[%S*test_nngraph.lua%]:%d+_"', 'where it was made')
   local simple = nngraph.simple_print.todot(net.fg, 'net')
   check.match(simple, '^digraph net {', 'simple_print')
   check.ok(simple:find('label="nn.Linear', 1, true) == nil and simple:find('label=late', 1, true), 'names instead of modules')

   local folder = os.tmpname()
   os.remove(folder)
   os.execute('mkdir ' .. folder)
   net.name = folder .. '/faulty'
   nngraph.setDebug(true)
   local said, ok, why = check.captured(function() net:forward(torch.ones(1, 5)) end)
   nngraph.setDebug(false)
   check.ok(not ok and why:find('expected input with 4 features', 1, true), 'setDebug: the error is the module\'s')
   local dot = io.open(folder .. '/faulty.dot')
   check.match(dot and dot:read('*a'), 'color=red[^\n]*parts%[%d%]', 'the node is red')
   check.ok(not net.fg:todot():find('color=red', 1, true), 'for this time')
   if check.succeeds('command -v dot >/dev/null 2>&1') then
      check.match(said, 'drawn in ' .. folder:gsub('%p', '%%%0') .. '/faulty.svg', 'it says where')
      check.match(io.open(folder .. '/faulty.svg'):read('*a'), '<svg', 'the drawing')
      check.match(io.open(nngraph.simple_print.dot(net.fg, 'net', folder .. '/simple')):read('*a'), '<svg', 'simple_print.dot')
   else
      print('skipped: drawings, as there is no program dot (package graphviz)')
      check.match(said, 'package graphviz', 'it says what is missing')
   end
   os.execute('rm -r ' .. folder)
end

-- ---- as scripts write it ----
do
   local input = - nn.Identity()
   local hidden = input - nn.Linear(3, 2) - nn.Tanh()
   local joined = {input, hidden} - nn.JoinTable(2) - nn.Linear(5, 1)
   check.eq(nn.gModule({input}, {joined}):forward(torch.ones(4, 3)):size(1), 4, 'a table of nodes - module')
   check.error(function() return {1, hidden} - nn.JoinTable(2) end, 'inputs%[1%] is a number', 'a table of something else')
   -- positions as bytes, into a module that gives no gradient, as in character models
   local Rows, parent = torch.class('nn.TestRows', 'nn.Module')
   function Rows:__init(n)
      parent.__init(self)
      self.eye = torch.eye(n)
   end
   function Rows:updateOutput(x)
      self.output:index(self.eye, 1, x:long())
      return self.output
   end
   local letters = nn.Identity()()
   local net = nn.gModule({letters}, {nn.Linear(3, 2)(nn.TestRows(3)(letters))})
   local bytes = torch.ByteTensor{1, 3, 2, 1}
   net:forward(bytes)
   check.eq(net:backward(bytes, torch.ones(4, 2)):nElement(), 0, 'an empty gradient of a byte input')
end

check.finish()
