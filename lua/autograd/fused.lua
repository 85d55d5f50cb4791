-- Fused functions (torch.fuse) of recorded tensors: one node for the whole function. It keeps the arguments only; backward runs a
-- program of its own in one pass, recorded from the function followed by the rules of what it did, the newest first. So every
-- gradient is what the operations one after the other give, bit for bit.
local C = require 'libtorch'
local core = require 'autograd.core'
local F = require 'autograd.functions'
local fuse = require 'torch.fuse'
local Storage = require 'torch.Storage'
local forms, rules, S = core.forms, core.rules, core.state

-- The constructor by THType; those of GPUs' types, from 16 on (TH_DEVICE), come with cutorch.
local function class_of(i)
   if i < 16 then return torch[Storage.types[i + 1] .. 'Tensor'] end
   local name = Storage.types[i - 16 + 1]
   return torch['Cuda' .. (name == 'Float' and '' or name) .. 'Tensor']
end

-- ---- while the function is recorded: nodes for the values of the program ----

local function pass_on(node, g) core.give(node[4], g) end
local function convert_back(node, g) core.give(node[4], fuse.convert(g, node[5])) end
core.named(pass_on, 'fuse')

-- tape.nodes[value], as lua/torch/record.c makes them; tape.failed: an operation whose rule needs more than values.
local function new_tape()
   local tape, number = {nodes = {}, failed = false}, 0
   local nodes = tape.nodes

   local function add(f, input, more)
      number = number + 1
      return {f, number, nil, input, more}
   end

   function tape.note(key, place, values, result)
      local form = forms[key] and forms[key][place]
      if not form then tape.failed = true return end
      local node, any, at = add(rules[form[1]]), false, 4
      for _, name in ipairs(form[2]) do
         local s = fuse.state(values[name])
         node[at] = s and nodes[s.value] or false
         any, at = any or node[at], at + 1
      end
      if not any then return end
      for _, name in ipairs(form[3]) do
         node[at] = name == '' and result or values[name]
         at = at + 1
      end
      if at > 4 + #form[2] then node[at] = 0 end -- the version of what is saved
      nodes[fuse.state(result).value] = node
   end
   function tape.copied(from, to, type_)
      if nodes[from] then nodes[to] = add(convert_back, nodes[from], type_) end
   end
   function tape.reduced(name, value, options)
      if not nodes[value] then return end
      if options > 0 or name ~= 'sum' and name ~= 'mean' then tape.failed = true end
      return add(pass_on, nodes[value])
   end
   return tape
end

-- A tape for arguments of which wanted:byte(i) says whether gradients go to the i-th; its leaves by argument.
local function begin(wanted, args)
   local tape, leaves = new_tape(), {}
   fuse.startTape(tape)
   for i = 1, #wanted do
      if wanted:byte(i) == 49 then
         leaves[i] = {false, -i}
         tape.nodes[fuse.state(args[i]).value] = leaves[i]
      end
   end
   return tape, leaves
end

local function node_of(tape, result)
   local s = fuse.state(result)
   if not s then return nil end
   return s.node or s.value and tape.nodes[s.value]
end

-- ---- what the function refers to ----

-- {function, number, value} of the upvalues of f and of functions of the same file that it refers to.
local function upvalues(f, list, seen)
   local source = debug.getinfo(f, 'S').source
   seen[f] = true
   for i = 1, math.huge do
      local name, v = debug.getupvalue(f, i)
      if not name then return list end
      list[#list + 1] = {f, i, v}
      if type(v) == 'function' and not seen[v] and debug.getinfo(v, 'S').source == source then upvalues(v, list, seen) end
   end
end

-- f, which sees its upvalues as they were when `kept` was taken: forward was recorded with these.
local function as_it_was(f, kept)
   local function restore(changed, ok, ...)
      for _, e in ipairs(changed) do debug.setupvalue(e[1], e[2], e[3]) end
      if not ok then error((...), 0) end
      return ...
   end
   return function(...)
      local changed = {}
      for _, e in ipairs(kept) do
         local _, now = debug.getupvalue(e[1], e[2])
         if not rawequal(now, e[3]) then
            changed[#changed + 1] = {e[1], e[2], now}
            debug.setupvalue(e[1], e[2], e[3])
         end
      end
      return restore(changed, pcall(f, ...))
   end
end

-- The function of the n arguments and the gradients of the results `which` that gives those of the arguments; 0: none.
local function backward_of(f, wanted, which)
   local n = #wanted
   return function(...)
      local args = {...}
      local tape, leaves = begin(wanted, args)
      local results, nodes, seeds, captured = {f(unpack(args, 1, n))}, {}, {}, {}
      for i, k in ipairs(which) do
         local node = node_of(tape, results[k])
         if node then nodes[#nodes + 1], seeds[#seeds + 1] = node, args[n + i] end
      end
      for _, leaf in pairs(leaves) do captured[leaf] = true end
      local found = core.run(nodes, seeds, {keep = false, create = false, leaves = false}, captured)
      local gradients = {}
      for i = 1, n do gradients[i] = leaves[i] and found[leaves[i]] or 0 end
      return unpack(gradients, 1, n)
   end
end

-- ---- what a function is like ----

local function pack(...) return {n = select('#', ...), ...} end

-- What is known of a function of such arguments: for each result {tensor =, type =, mean =}, `tensors` that it refers to; false: its
-- operations are recorded one by one, for it writes to arguments or ends otherwise than by a sum or mean.
local function inspect(f, kinds, wanted)
   local tape, has
   local _, r = fuse.record(function(...)
      tape = begin(wanted, {...})
      local results = pack(f(...))
      has = {}
      for i = 1, results.n do has[i] = node_of(tape, results[i]) ~= nil end
      return unpack(results, 1, results.n)
   end, kinds)
   local info = {tensors = {unpack(r.tensors)}, f = f, wanted = wanted, back = {}}
   if tape.failed or r.tensors.finish then return false end
   for _, store in ipairs(r.stores) do
      if store.at ~= 0 then return false end
   end
   for i, result in ipairs(r.results) do
      local reduction = result.kind == fuse.REDUCED and r.reductions[result.at + 1]
      if has[i] and not reduction and result.kind ~= fuse.STORED then return false end
      info[i] = {tensor = has[i], type = reduction and reduction.type, mean = reduction and reduction.name == 'mean'}
   end
   return info
end

-- Whether all have one shape, and what the function refers to is not recorded itself.
local function fits(info, args, n)
   local first
   for i = 1, n do
      local x = args[i]
      if torch.isTensor(x) then
         first = first or x
         if not x:isSameSizeAs(first) then return false end
      end
   end
   if first:dim() == 0 then return false end
   for _, x in ipairs(info.tensors) do
      if C.recorded(x) ~= 0 or not x:isSameSizeAs(first) then return false end
   end
   return true
end

-- ---- backward ----

-- The function once more, its operations recorded: for gradients of gradients, and where a rule cannot be fused.
local function again(node, args, gradients)
   local info = node.info
   local n, copies, captured = #info.wanted, {}, {}
   for i = 1, n do
      copies[i] = args[i]
      if node[3 + i] then
         local copy, pass = core.record(C.alias(args[i]), pass_on, 'fuse', node[3 + i])
         copies[i], captured[i] = copy, pass
      end
   end
   local results, nodes, seeds = {core.with_recording(true, info.f, unpack(copies, 1, n))}, {}, {}
   for k, g in pairs(gradients) do
      if C.recorded(results[k]) ~= 0 then nodes[#nodes + 1], seeds[#seeds + 1] = C.node(results[k]), g end
   end
   local last = {}
   for _, pass in pairs(captured) do last[pass] = 'last' end
   local found = core.run(nodes, seeds, {keep = S.create, create = S.create, leaves = S.leaves}, last)
   for i = 1, n do
      if captured[i] and found[captured[i]] then core.give(node[3 + i], found[captured[i]]) end
   end
end

-- Gradients of the program's results: of a sum or mean the whole tensor's.
local function spread(info, args, gradients, which)
   local sizes
   for i = 1, #info.wanted do sizes = sizes or torch.isTensor(args[i]) and args[i]:size() end
   local list, n = {}, 1
   for d = 1, #sizes do n = n * sizes[d] end
   for i, k in ipairs(which) do
      local g = gradients[k]
      if info[k].mean then g = torch.mul(g, 1 / n) end
      list[i] = info[k].type and F.stretch(g, sizes) or g
   end
   return list
end

local function back(node, g)
   local info = node.info
   local n, which, gradients = #info.wanted, {}, node.only and {[node.only] = g} or g
   local kept = n + #info.tensors
   for k = 1, #info do
      if gradients[k] then which[#which + 1] = k end
   end
   local args = {C.saved(node, 4 + n, kept, S.keep)}
   local key = table.concat(which, ' ')
   local program = info.back[key]
   if S.create or program == false then return again(node, args, gradients) end
   local list = spread(info, args, gradients, which)
   for i = 1, #list do args[n + i] = list[i] end
   local ok, results = true, nil
   if program then results = {program(unpack(args, 1, n + #list))}
   else
      program = torch.fuse(backward_of(info.f, info.wanted, which))
      ok, results = pcall(function() return {program(unpack(args, 1, n + #list))} end)
      info.back[key] = ok and program
      if not ok then return again(node, args, gradients) end
   end
   for i = 1, n do
      if node[3 + i] and torch.isTensor(results[i]) then core.give(node[3 + i], results[i]) end
   end
end
core.named(back, 'fuse')

-- ---- the call ----

-- Results get the node, each its own where there are several.
local function attach(node, info, results)
   local recorded = {}
   for k = 1, results.n do
      if info[k].tensor and info[k].type then results[k] = class_of(info[k].type)(1):fill(results[k]) end
      if info[k].tensor then recorded[#recorded + 1] = k end
   end
   if #recorded == 1 then
      node.only = recorded[1]
      C.setnode(results[node.only], node, core.RECORDED)
   else
      for _, k in ipairs(recorded) do C.setnode(results[k], {core.one_of_several, C.newnumber(), nil, node, k}, core.RECORDED) end
   end
   return unpack(results, 1, results.n)
end

-- What lua/torch/fuse.c calls: f(...), of which some are recorded; kinds: of the arguments.
return function(f, programs, kinds, ...)
   local n, args, wanted, recorded = #kinds, {...}, {}, programs.recorded
   for i = 1, n do wanted[i] = C.recorded(args[i]) ~= 0 and '1' or '0' end
   if not recorded then
      recorded = {forward = torch.fuse(f)} -- [kinds]: upvalues; [kinds .. wanted]: what inspect says
      programs.recorded = recorded
   end
   local key = kinds .. table.concat(wanted)
   local info = recorded[key]
   if info == nil then
      recorded[kinds] = recorded[kinds] or upvalues(f, {}, {})
      info = inspect(as_it_was(f, recorded[kinds]), kinds, table.concat(wanted))
      recorded[key] = info
   end
   if not info or C.anomaly() or not fits(info, args, n) then return f(...) end
   local node, version = {back, 0, nil}, 0
   for i = 1, n do
      node[3 + i] = wanted[i] == '1' and C.node(args[i])
      node[3 + n + i] = args[i]
      if torch.isTensor(args[i]) then version = version + C.version(args[i]) end
   end
   for i, x in ipairs(info.tensors) do -- backward reads them again: they must be what they were
      node[3 + 2 * n + i] = x
      version = version + C.version(x)
   end
   node[4 + 2 * n + #info.tensors], node.info = version, info
   local results = pack(core.with_recording(false, recorded.forward, ...))
   node[2] = C.newnumber()
   return attach(node, info, results)
end
