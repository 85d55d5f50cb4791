--- One value per element: a pointwise function of an element has the same bits wherever the element lies,
-- whatever the length, the layout and the number of threads, in place or not. Every pointwise row of the
-- operation table and every activation of nn; the reference is the element in a tensor by itself.
require 'nn'
local ffi = require 'ffi'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local T = dofile(here .. '/optest.lua')

ffi.cdef 'int memcmp(const void *, const void *, size_t);'

local LENGTH = 67
local threads = torch.getnumthreads()

-- ---- comparing bits ----

local function alike(a, b) return a == b and (a ~= 0 or 1 / a == 1 / b) or a ~= a and b ~= b end

--- Place of the first element that differs, nil when all are alike; any NaN is like any other.
local function difference(got, expected)
   local n = expected:nElement()
   if got:nElement() ~= n then return 0 end
   got, expected = got:contiguous(), expected:contiguous()
   local a, b = got:data(), expected:data()
   if ffi.C.memcmp(a, b, n * got:elementSize()) == 0 then return nil end
   for i = 0, n - 1 do
      if not alike(tonumber(a[i]), tonumber(b[i])) then return i + 1 end
   end
   return nil
end

--- Notes the first failure of each group only: one cause gives thousands.
local function group(what)
   local bad
   return {
      same = function(got, expected, where)
         if bad then return end
         local at = difference(got, expected)
         if at then
            bad = ('%s: element %d is %s, by itself %s'):format(where, at, at > 0 and ('%.17g'):format(got:contiguous():view(-1)[at]) or '?',
               at > 0 and ('%.17g'):format(expected:contiguous():view(-1)[at]) or '?')
         end
      end,
      close = function() check.ok(not bad, what .. (bad and ': ' .. bad or '')) end
   }
end

-- ---- inputs ----

local inf, nan = math.huge, 0 / 0
local special = {0, -0, inf, -inf, nan, 1e-310, -1e-310, 1e-40, -1e-40, 1e30, -1e30, 1e10, 88.5, -88, -104, 710, -745, 1, -1, 0.5}

--- LENGTH elements of a type; `k` gives others for other operands.
local function sample(type_, k)
   local x = T.class(type_).new(LENGTH)
   for i = 1, LENGTH do
      if not T.floating[type_] then x[i] = (i * (k + 4) % 9 + 1) * ((type_ ~= 'Byte' and i % 3 == 0) and -1 or 1)
      elseif i % 3 == 0 then x[i] = special[(i / 3 * k - 1) % #special + 1]
      else x[i] = ((i * 37 * k) % 101 - 50) / (10 + k) + 0.0123 end
   end
   return x
end

--- The same elements in another layout.
local layouts = {
   narrowed = function(x) return x.new(x:size(1) + 5):narrow(1, 4, x:size(1)):copy(x) end,
   strided = function(x) return x.new(x:size(1), 3):select(2, 2):copy(x) end,
   reversed = function(x) return x.new(2, x:size(1) + 1):t():narrow(1, 2, x:size(1)):select(2, 1):copy(x) end
}

--- rows x columns, narrowed, its elements those of x over and over; and the same of the values r.
local function matrix(x, r, rows, columns)
   local function spread(v)
      local line = v.new(math.ceil((rows * columns + LENGTH) / LENGTH), LENGTH)
      line:copy(v:view(1, LENGTH):expandAs(line))
      return line:view(-1):narrow(1, 1, rows * columns):view(rows, columns)
   end
   return x.new(rows, columns + 7):narrow(2, 3, columns):copy(spread(x)), spread(r)
end

-- ---- a function of tensors of one shape: f(result or nil, inputs) -> result ----

local function each_alone(f, inputs)
   local list
   for i = 1, LENGTH do
      local one = {}
      for k, x in ipairs(inputs) do one[k] = x.new{x[i]} end
      local r = f(nil, one)
      list = list or r.new(LENGTH)
      list[i] = r[1]
   end
   return list
end

local function map(list, f)
   local new = {}
   for k, v in ipairs(list) do new[k] = f(v, k) end
   return new
end

local function check_lengths(g, f, inputs, alone)
   for n = 1, LENGTH do
      g.same(f(nil, map(inputs, function(x) return x:narrow(1, 1, n) end)), alone:narrow(1, 1, n), 'length ' .. n)
      local at = n % 7 + 1
      local fills = map(inputs, function(x) return x.new(n):fill(x[at]) end)
      g.same(f(nil, fills), alone.new(n):fill(alone[at]), 'constant of length ' .. n)
   end
end

local function check_layouts(g, f, inputs, alone, fixed_result)
   for name, layout in pairs(layouts) do
      g.same(f(nil, map(inputs, layout)), alone, name)
      for k = 1, #inputs do
         g.same(f(nil, map(inputs, function(x, i) return i == k and layout(x) or x end)), alone, 'input ' .. k .. ' ' .. name)
      end
      if not fixed_result then
         local r = layout(alone:clone():zero())
         f(r, inputs)
         g.same(r, alone, 'result ' .. name)
      end
   end
end

local function check_expanded(g, f, inputs)
   if #inputs < 2 then return end
   for k = 1, #inputs do
      for _, at in ipairs{1, 2, 6} do
         local mixed = map(inputs, function(x, i) return i == k and x:narrow(1, at, 1):expand(LENGTH) or x end)
         g.same(f(nil, mixed), each_alone(f, mixed), 'input ' .. k .. ' expanded')
      end
   end
end

local function check_matrices(g, f, inputs, alone)
   local wide, expected = {}, nil
   for k, x in ipairs(inputs) do wide[k], expected = matrix(x, alone, 11, 61) end
   g.same(f(nil, wide), expected, 'narrowed matrix')
   g.same(f(nil, map(wide, function(x) return x:t() end)), expected:t(), 'transposed matrix')
   for i = 1, 11 do g.same(f(nil, map(wide, function(x) return x[i] end)), expected[i], 'row') end
end

local function check_threads(g, f, inputs, alone)
   local big, expected = {}, nil
   for k, x in ipairs(inputs) do big[k], expected = matrix(x, alone, 337, 691) end
   for _, n in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(n)
      g.same(f(nil, big), expected, n .. ' threads')
   end
   torch.setnumthreads(threads)
end

-- ---- the operation table ----

--- f of a form, or nil when the form has no tensor.
local function function_of(row, form, type_)
   local call, tensors = T.class(type_).torch[row.name], 0
   local numbers = T.floating[type_] and {1.7, 2.3} or {2, 3}
   for _, a in ipairs(form) do
      if a.kind == 'tensor' then tensors = tensors + 1 end
   end
   if tensors == 0 then return nil end
   return function(r, inputs)
      local args, tensor, number = {}, 0, 0
      for _, a in ipairs(form) do
         if a.kind == 'out' or a.kind == 'outmask' then
            if r then args[#args + 1] = r end
         elseif a.kind == 'inout' then args[#args + 1] = r or inputs[1].new()
         elseif a.kind == 'tensor' then
            tensor = tensor + 1
            args[#args + 1] = inputs[tensor]
         else
            number = number + 1
            args[#args + 1] = numbers[number]
         end
      end
      return call(unpack(args))
   end, tensors
end

local function check_form(row, form, type_)
   local f, tensors = function_of(row, form, type_)
   if not f then return end
   local inputs = {}
   for k = 1, tensors do inputs[k] = sample(type_, k) end
   local ok, why = pcall(f, nil, inputs)
   if not ok then
      check.match(T.why(why), 'not defined', row.name .. ' of ' .. type_)
      return
   end
   local g = group(('%s (%s) of %s'):format(row.name, tostring(form.c), type_))
   local alone = each_alone(f, inputs)
   check_lengths(g, f, inputs, alone)
   check_layouts(g, f, inputs, alone)
   check_expanded(g, f, inputs)
   check_matrices(g, f, inputs, alone)
   if form[1].kind == 'out' then
      for k = 1, #inputs do
         local copies = map(inputs, function(x) return x:clone() end)
         f(copies[k], copies)
         g.same(copies[k], alone, 'in place of input ' .. k)
         copies = map(inputs, layouts.strided)
         f(copies[k], copies)
         g.same(copies[k], alone, 'in place of input ' .. k .. ', strided')
      end
   end
   if T.floating[type_] then check_threads(g, f, inputs, alone) end
   g.close()
end

for _, row in ipairs(T.cases) do
   if row.map or row.compare then
      for _, form in ipairs(row.functions) do
         if not form.expr then
            for _, type_ in ipairs(row.types) do
               if T.class(type_).torch[row.name] and type_ ~= 'Half' then check_form(row, form, type_) end
            end
         end
      end
   end
end

-- ---- nn: activations ----

-- Arguments of those that have no defaults or should have others; false: no function of one element.
local arguments = {
   Clamp = {-1, 2}, Power = {2.5}, Threshold = {0.3, 0.7}, GradientReversal = {0.5}, SoftPlus = {1.5, 3}, HardTanh = {-2, 1.5},
   ELU = {1.3}, LeakyReLU = {0.2}, HardShrink = {0.4}, SoftShrink = {0.4},
   CReLU = false, GatedLinearUnit = false, -- take and give other sizes
   L1Penalty = false, -- adds to the gradient by the size of the whole
   LogSoftMax = false, SoftMax = false, SoftMin = false, SpatialLogSoftMax = false, SpatialSoftMax = false -- rows, below
}
local in_place = {
   ELU = {1.3, true}, ReLU = {true}, ReLU6 = {true}, LeakyReLU = {0.2, true}, Threshold = {0.7, 0.3, true}, HardTanh = {-2, 1.5, true},
   RReLU = {0.1, 0.3, true}
}

local function check_module(name, make, type_, fresh)
   local module = make():type('torch.' .. type_ .. 'Tensor')
   module:evaluate()
   if fresh then -- works in place: on copies
      module = {
         forward = function(_, x)
            local m = make():type(x:type())
            m:evaluate()
            return m:forward(fresh(x))
         end,
         updateGradInput = function(_, x, g)
            local m = make():type(x:type())
            m:evaluate()
            x = fresh(x)
            m:forward(x)
            return m:updateGradInput(x, fresh(g))
         end
      }
   end
   local passes = {
      output = {1, function(_, inputs) return module:forward(inputs[1]):clone() end},
      gradInput = {2, function(_, inputs)
         module:forward(inputs[1])
         return module:updateGradInput(inputs[1], inputs[2]):clone()
      end}
   }
   for pass, p in pairs(passes) do
      local inputs, f = {}, p[2]
      for k = 1, p[1] do inputs[k] = sample(type_, k) end
      local g = group(('nn.%s%s of %s: %s'):format(name, fresh and ' in place' or '', type_, pass))
      local alone = each_alone(f, inputs)
      check_lengths(g, f, inputs, alone)
      check_layouts(g, f, inputs, alone, true)
      check_matrices(g, f, inputs, alone)
      check_threads(g, f, inputs, alone)
      g.close()
   end
end

local function keep_layout(x)
   local y = x:clone()
   if not x:isContiguous() and x:dim() == 1 then y = layouts.strided(y) end
   return y
end

local names = {}
for name, file in pairs(require 'nn.modules') do
   if file:find('^activation%.') then names[#names + 1] = name end
end
table.sort(names)
for _, name in ipairs(names) do
   local args = arguments[name]
   if args ~= false then
      for _, type_ in ipairs{'Float', 'Double'} do
         check_module(name, function() return nn[name](unpack(args or {})) end, type_)
         if in_place[name] then check_module(name, function() return nn[name](unpack(in_place[name])) end, type_, keep_layout) end
      end
   end
end

-- ---- nn: rows of scores; a row has the values of the same row alone, be it along positions of an image ----

local function check_rows(name, type_, n, positions)
   local module = nn[name]():type('torch.' .. type_ .. 'Tensor')
   local tensor = T.class(type_).new
   local x, gy = tensor(3, n, positions), tensor(3, n, positions)
   x:apply(function() return torch.uniform(-9, 9) end)
   gy:apply(function() return torch.uniform(-1, 1) end)
   local g = group(('nn.%s of %s: %d scores, %d positions'):format(name, type_, n, positions))
   local shape = positions == 1 and {3, n} or {3, n, 1, positions}
   local input = x:view(unpack(shape))
   local y = module:forward(input):clone():viewAs(x)
   local gx = module:updateGradInput(input, gy:view(unpack(shape))):clone():viewAs(x)
   for i = 1, 3 do
      for p = 1, positions do
         local row, grad = x[i]:select(2, p):clone(), gy[i]:select(2, p):clone()
         g.same(y[i]:select(2, p), module:forward(row), 'output')
         g.same(gx[i]:select(2, p), module:updateGradInput(row, grad), 'gradInput')
      end
   end
   g.close()
end

torch.manualSeed(3)
for _, name in ipairs{'SoftMax', 'LogSoftMax', 'SoftMin'} do
   for _, type_ in ipairs{'Float', 'Double'} do
      for _, n in ipairs{1, 2, 7, 15, 16, 17, 33, 67, 1030} do
         for _, positions in ipairs{1, 2, 17, 65} do
            if n < 100 or positions == 2 then check_rows(name, type_, n, positions) end
         end
      end
   end
end

-- ---- nn: where no element needs the function, it is left out ----

for _, name in ipairs{'ELU', 'SoftPlus'} do
   for _, type_ in ipairs{'Float', 'Double'} do
      local g = group(('nn.%s of %s: stretches of large elements'):format(name, type_))
      local x, gy = T.class(type_).new(1500):uniform(25, 30), T.class(type_).new(1500):uniform(-1, 1)
      for _, i in ipairs{1, 16, 17, 255, 257, 500, 511, 1020, 1500} do x[i] = i % 2 == 0 and nan or -1 / i end
      local whole = nn[name]():type(x:type())
      local y, gx = whole:forward(x):clone(), whole:updateGradInput(x, gy):clone()
      local one = nn[name]():type(x:type())
      for i = 1, x:nElement() do
         g.same(y:narrow(1, i, 1), one:forward(x:narrow(1, i, 1)), 'output ' .. i)
         g.same(gx:narrow(1, i, 1), one:updateGradInput(x:narrow(1, i, 1), gy:narrow(1, i, 1)), 'gradInput ' .. i)
      end
      g.close()
   end
end

-- ---- nn: losses ----
-- The mean of n equal losses is each of them: a sum of few floats in double precision is exact.

local function check_loss(name, target_of)
   local g = group('nn.' .. name .. ' of Float: mean of equal losses')
   for _, v in ipairs{0.2, 0.37, 0.713, 0.9} do
      local function loss(n)
         local x = torch.FloatTensor(n):fill(v)
         return torch.DoubleTensor{nn[name]():float():forward(x, target_of(x, v))}
      end
      local alone = loss(1)
      for n = 2, LENGTH do g.same(loss(n), alone, v .. ', ' .. n .. ' times') end
   end
   g.close()
end
local function filled(value) return function(x) return x:clone():fill(value) end end
check_loss('BCECriterion', filled(0.3))
check_loss('DistKLDivCriterion', filled(0.6))
check_loss('MSECriterion', filled(0.6))
check_loss('AbsCriterion', filled(0.6))
check_loss('SmoothL1Criterion', filled(3.3))
check_loss('SoftMarginCriterion', filled(-1))
check_loss('MarginCriterion', filled(-1))

-- ---- reductions that raise to a power: a row of one element ----

for _, type_ in ipairs{'Float', 'Double'} do
   local g = group('norm of power 3 of ' .. type_)
   local x = sample(type_, 1)
   local alone = x.new(LENGTH)
   for i = 1, LENGTH do alone[i] = torch.norm(x.new{x[i]}, 3) end
   g.same(torch.norm(x:view(-1, 1), 3, 2):view(-1), alone, 'rows')
   g.same(torch.norm(x:view(1, -1), 3, 1):view(-1), alone, 'columns')
   g.same(torch.norm(x.new(2, LENGTH, 3):select(3, 2):narrow(1, 1, 1):copy(x), 3, 1):view(-1), alone, 'strided columns')
   local wide = matrix(x, x, 5, 61)
   local whole = torch.norm(wide, 3, 2):view(-1)
   for i = 1, 5 do g.same(whole:narrow(1, i, 1), x.new{torch.norm(wide[i], 3)}, 'row') end
   g.close()
end

-- ---- random numbers: however many are drawn at once, the stream is the same ----

for _, type_ in ipairs{'Float', 'Double'} do
   for name, args in pairs{uniform = {-1, 3}, normal = {0.5, 2}, exponential = {0.7}, cauchy = {0.1, 2}, logNormal = {0.3, 0.8}, geometric = {0.4}} do
      local g = group(('%s of %s: parts of a stream'):format(name, type_))
      torch.manualSeed(11)
      local whole = T.class(type_).new(1100)
      whole[name](whole, unpack(args))
      for _, length in ipairs{1, 2, 3, 7, 8, 9, 31, 64, 67, 500, 513} do
         torch.manualSeed(11)
         local parts = whole.new(whole:nElement())
         for first = 1, parts:nElement(), length do
            local part = parts:narrow(1, first, math.min(length, parts:nElement() - first + 1))
            part[name](part, unpack(args))
         end
         g.same(parts, whole, length .. ' at a time')
      end
      g.close()
   end
end

check.finish()
