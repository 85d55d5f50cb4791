-- Gradients of recorded tensors: the backward pass over the nodes that operations leave (lua/torch/record.c). Loaded when
-- something is first recorded; docs/gradients.md tells how it works.
--
-- ORDER NODE: node = {function, number, gradient that has come in, inputs..., saved..., version, sizes...}. Fields: grad, of a
-- leaf; base, view and version, of views (lua/autograd/views.lua); hooks; where, the line that made it (anomaly); name.
local C = require 'libtorch'
local F = require 'autograd.functions'
local torch = torch
local bit = require 'bit'
local rshift = bit.rshift
local M = {}

--- ORDER RECORDED, as in bind.h.
M.RECORDED, M.VIEW, M.LEAF, M.ELEMENT = 1, 2, 4, 8

--- The pass that runs. keep: nodes keep what they saved; create: it is recorded itself; leaves: gradients of leaves are kept;
-- all: every node runs, else those for which reach[node] is true: what is wanted depends on them. floor: nodes up to that number
-- belong to another pass, which this is a part of.
local S = {keep = false, create = false, leaves = true, anomaly = false, all = true, reach = nil, wanted = nil, floor = -1, apart = false}
M.state = S

-- ---- nodes that wait for their turn: a heap, the largest number first ----

local heap, count = {}, 0

local function push(node)
   local number, i = node[2], count + 1
   count = i
   while i > 1 do
      local j = rshift(i, 1)
      local above = heap[j]
      if above[2] >= number then break end
      heap[i] = above
      i = j
   end
   heap[i] = node
end

local function pop()
   local top, last, n = heap[1], heap[count], count - 1
   heap[count], count = nil, n
   if n == 0 then return top end
   local number, i = last[2], 1
   while true do
      local j = i + i
      if j > n then break end
      if j < n and heap[j + 1][2] > heap[j][2] then j = j + 1 end
      local below = heap[j]
      if below[2] <= number then break end
      heap[i] = below
      i = j
   end
   heap[i] = last
   return top
end

local function add_to(node, sum, v)
   if S.create then
      node[3] = F.add(sum, v)
   elseif node.own then -- the sum is ours alone
      sum:add(v)
   else
      node[3], node.own = F.add(sum, v), true
   end
end

--- give(node, v [, sizes]): v is a gradient of the node's result; sizes: of the result, where v is of a broadcast of it.
local function give(node, v, sizes)
   if not S.all and not S.reach[node] then return end
   if sizes then v = F.fit(v, sizes) end
   local sum = node[3]
   if sum == nil then
      node[3] = v
      push(node)
   else
      add_to(node, sum, v)
   end
end
M.give = give

-- v is the gradient of a part of the node's result, part(whole, ...); full: of all of it. The parts of one result share a tensor.
local function give_part(node, v, full, sizes, part, ...)
   if full then return give(node, v) end
   local sum = node[3]
   if sum == nil then
      sum = v.new(sizes):zero()
      part(sum, ...):copy(v)
      node[3], node.own = sum, true
      return push(node)
   end
   if not node.own then
      sum = sum:clone()
      node[3], node.own = sum, true
   end
   part(sum, ...):add(v)
end

local narrow, select_ = torch.DoubleTensor.narrow, torch.DoubleTensor.select
--- What rules of views hand their gradients on with: into node[3] at once.
function F.narrow_into(node, g, sizes, d, first, size)
   if not S.all and not S.reach[node] then return end
   if S.create then return give(node, F.narrow_back(g, sizes, d, first, size)) end
   give_part(node, g, sizes[d] == size, sizes, narrow, d, first, size)
end
function F.select_into(node, g, sizes, d, i)
   if #sizes == 1 then return F.narrow_into(node, g, sizes, 1, i, 1) end -- what would be a number
   if not S.all and not S.reach[node] then return end
   if S.create then return give(node, F.select_back(g, sizes, d, i)) end
   give_part(node, g, false, sizes, select_, d, i)
end

local function give_each(nodes, list)
   for i = 1, #nodes do
      if nodes[i] then give(nodes[i], list[i]) end
   end
end

local name_of = setmetatable({}, {__mode = 'k'}) -- rule -> name of the operation; some are made for one node

-- What kit/gen/gradients.lua made of the rows of torch, or of a package.
local function load_rules(name)
   local path = package.searchpath(name .. 'data.gradients', package.path)
   if not path then error(name .. ': its rules of derivatives, ' .. name .. 'data/gradients.lua, are not there: build the package anew', 0) end
   local rules, names, writers, forms = assert(loadfile(path))(F, S, C.saved, give, give_each)
   for id, rule in pairs(rules) do name_of[rule] = names[id] end
   return rules, names, writers, forms
end
local rules, names, writers, forms = load_rules 'torch'
writers[4095] = 'a module, optimizer or kernel' -- TH_STORAGE_WRITERS - 1: kit/kernel.h

-- A result of several: its gradient goes to its place in the table of the operation's node.
rules[0] = function(node, g)
   local all, k = node[4], node[5]
   local list = all[3]
   if not list then
      list = {}
      all[3] = list
      push(all)
   end
   list[k] = list[k] and F.add(list[k], g) or g
end
M.one_of_several = rules[0]

--- Name of the operation that made a node.
function M.name(node) return node.name or name_of[node[1]] or node[1] == rules[0] and M.name(node[4]) or 'an operation' end
function M.named(rule, name) name_of[rule] = name return rule end

-- ---- leaves ----

local function accumulate(node, g)
   if not S.leaves then return end
   local grad = node.grad
   if grad == nil then
      node.grad = S.create and g or g:clone()
   elseif S.create then
      node.grad = F.add(grad, g)
   else
      grad:add(g)
   end
   if node.accumulated then node.accumulated(node.grad, g) end
end
M.accumulate = accumulate
M.named(accumulate, 'requiresGrad')

-- ---- the pass ----

local function has_nan(v)
   if type(v) == 'table' then
      for _, e in pairs(v) do if has_nan(e) then return true end end
      return false
   end
   local s = C.alias(v):sum()
   return s ~= s or s == math.huge or s == -math.huge
end

-- In an anomaly run: the gradients that the node has just handed on.
local function check_anomaly(node)
   for i = 4, 12 do
      local input = node[i]
      local g = type(input) == 'table' and type(input[1]) == 'function' and input[3]
      if g and has_nan(g) then
         error(('%s: its derivative gave NaN or infinity; the operation was called at %s'):format(M.name(node), (node.where or '?'):gsub(': $', '')), 0)
      end
   end
end

--- Whether v is a tensor of that type and those sizes; and v in words, for errors: of functions of the user's that return gradients.
function M.fits(v, type_, sizes) return torch.isTensor(v) and v:type() == type_ and v:isSize(sizes) end
M.shown = C.describe

local function call_hooks(node, g)
   for _, hook in ipairs(node.hooks) do
      local other = hook(g)
      if other ~= nil then
         if not M.fits(other, g:type(), g:size()) then
            error(C.where() .. ('hook: it returned %s as the gradient of %s, %s expected'):format(M.shown(other), M.name(node), M.shown(g)), 0)
         end
         g = other
      end
   end
   return g
end

-- The newest node that waits and is none of `taken`.
local function newest_but(taken)
   local best
   for i = 1, count do
      local node = heap[i]
      if not taken[node] and (not best or node[2] > best[2]) then best = node end
   end
   return best
end

local function loop(captured, found)
   local try = C.largerecorded() and not (S.create or S.anomaly or S.apart) and require('autograd.chains').try
   while count > 0 do
      local node = pop()
      local g = node[3]
      if g == nil then goto taken end -- it has run, in a chain
      node[3] = nil
      if node.own then node.own = nil end
      if node.hooks and node[2] > S.floor then g = call_hooks(node, g) end
      if captured and captured[node] then
         found[node] = g
      end
      local f = node[1]
      if captured and (captured[node] == 'last' or S.reach[node] == 'end') then f = nil end
      if f and not (try and try(node, g, captured, newest_but)) then f(node, g) end
      if S.anomaly then check_anomaly(node) end
      ::taken::
   end
end

-- f(input) for the nodes that a node hands gradients to; they stand before what is saved.
local function is_node(v) return type(v) == 'table' and type(v[2]) == 'number' end
local function each_input(node, f)
   local i, v = 4, node[4]
   while v ~= nil do
      if is_node(v) then f(v)
      elseif type(v) == 'table' then -- of a table of tensors
         for k = 1, #v do
            if is_node(v[k]) then f(v[k]) end
         end
      end
      i = i + 1
      v = node[i]
   end
   for _, e in pairs(node.inputs or {}) do
      if e then f(e) end
   end
   for _, w in ipairs(node.weights or {}) do f(w[1]) end
end

-- The nodes from `nodes` down: true for those that depend on one of the wanted, 'end' for one of these that depends on no other. None has
-- a number below the oldest.
local function reachable(nodes, wanted)
   local reach, known, oldest, stack, n, any = {}, {}, math.huge, {}, 0, false
   for node in pairs(wanted) do oldest = math.min(oldest, node[2]) end
   local function look(input)
      if known[input] then any = any or reach[input] ~= nil
      elseif input[2] >= oldest then
         n = n + 1
         stack[n] = input
      end
   end
   for _, start in ipairs(nodes) do
      n = 1
      stack[1] = start
      while n > 0 do
         local node, before = stack[n], n
         if not known[node] then
            any = node.unknown or false
            each_input(node, look)
         end
         if n == before then -- nothing is left to be looked at below it
            if not known[node] then known[node], reach[node] = true, any and true or wanted[node] and 'end' or nil end
            n = n - 1
         end
      end
   end
   return reach
end

-- What a part of a pass wants: the gradients of all nodes up to a number, which do not run.
local function below(floor)
   local function wanted(_, node) return node[2] <= floor end
   local function reach(_, node) return node[2] <= floor and 'end' or true end
   return setmetatable({}, {__index = wanted}), setmetatable({}, {__index = reach})
end

local fields = {'keep', 'create', 'leaves', 'all', 'reach', 'wanted', 'floor'}

--- run(nodes, gradients, options [, captured]) -> found: hands the gradients to the nodes and goes back from there.
-- options: keep, create, leaves (see state). captured: set of nodes; found has the gradient of each that was reached, and nothing runs on
-- which none of them depends. options.floor: nodes up to that number do not run, and found has their gradients: see M.pass_on.
function M.run(nodes, gradients, options, captured)
   local outer_heap, outer_count, recording, outer = heap, count, C.recording(options.create or false), {}
   for i, name in ipairs(fields) do outer[i] = S[name] end
   heap, count = {}, 0
   S.keep, S.create, S.leaves = options.keep or options.create or false, options.create or false, options.leaves
   S.all, S.wanted, S.floor = not captured, captured, options.floor or -1
   if options.floor then
      S.all = false
      captured, S.reach = below(options.floor)
   else
      S.reach = captured and reachable(nodes, captured)
   end
   local found = {}
   local ok, message = pcall(function()
      for i, node in ipairs(nodes) do give(node, gradients[i]) end
      loop(captured, found)
   end)
   for i = 1, count do heap[i][3], heap[i].own = nil, nil end -- after an error
   heap, count = outer_heap, outer_count
   for i, name in ipairs(fields) do S[name] = outer[i] end
   C.recording(recording)
   if not ok then error(message, 0) end
   return found
end

--- Hands gradients that a part of the pass found to nodes of the pass.
function M.pass_on(found)
   for node, g in pairs(found) do
      if S.wanted and S.reach[node] == nil then
         for below_, how in pairs(reachable({node}, S.wanted)) do S.reach[below_] = S.reach[below_] or how end
      end
      give(node, g)
   end
end

-- ---- what C calls (lua/torch/record.c) ----

local recorder = rules

function recorder.freed(node)
   error(C.where() .. ('backward: what %s saved is gone: it went with an earlier backward; give retainGraph = true there to go back twice'):format(
      M.name(node)), 0)
end

--- Raises: one of the tensors, which the node kept for its derivative, has been written to since.
function M.changed(node, tensors)
   local writer = 0
   for _, x in ipairs(tensors) do
      local _, w = C.version(x)
      if w ~= 0 then writer = w end
   end
   local by = writers[writer]
   error(C.where() .. ('backward: %s saved a tensor for its derivative%s, and %s has changed it in place since: work on a copy (clone), or in place after backward')
      :format(M.name(node), node.where and ' at ' .. node.where:gsub(': $', '') or '', by or 'an assignment or copy'), 0)
end
function recorder.changed(node, first, n)
   local tensors = {}
   for i = first, first + n - 1 do
      if torch.isTensor(node[i]) then tensors[#tensors + 1] = node[i] end
   end
   M.changed(node, tensors)
end

-- Of a number computed of tensors without elements.
function recorder.of_nothing(node, g)
   local i = 4
   while node[i] == false or is_node(node[i]) do
      if node[i] then give(node[i], g.new()) end
      i = i + 1
   end
end
M.named(recorder.of_nothing, 'an operation on no elements')

local of_packages = {}
--- The rules of a package's operations by number.
function recorder.rules_of(name)
   of_packages[name] = of_packages[name] or load_rules(name)
   return of_packages[name]
end

function recorder.fused(...) return require 'autograd.fused'(...) end

--- The recorder's functions by name, for lua/autograd/views.lua and others that add to them.
M.recorder = recorder
M.rules, M.names, M.forms = rules, names, forms
C.recorder(recorder)

--- record(result, f, name, ...): result gets a node with the function f and the inputs ..., nodes or false; nothing when none
-- is a node. Returns result and node.
function M.record(result, f, name, ...)
   local any = false
   for i = 1, select('#', ...) do any = any or select(i, ...) end
   if not any then return result end
   local node = {f, C.newnumber(), nil, ...}
   node.name = name
   if S.anomaly then node.where = C.where() end
   C.setnode(result, node, M.RECORDED)
   return result, node
end

--- Calls f(...) with recording on or off, and puts it back, also after an error.
local function restored(before, ok, ...)
   C.recording(before)
   if not ok then error((...), 0) end
   return ...
end
function M.with_recording(on, f, ...) return restored(C.recording(on), pcall(f, ...)) end

return M
