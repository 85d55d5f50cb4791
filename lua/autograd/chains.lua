-- Chains of pointwise rules in a backward pass: nodes of large tensors that would run one after the other, each handing its gradient to
-- one that comes next, run as one fused program, as autograd.fused has it: the rules are called once on stand-ins. Values are those
-- of the rules one by one, bit for bit. Loaded when something large was recorded.
local C = require 'libtorch'
local core = require 'autograd.core'
local fuse = require 'torch.fuse'
local S = core.state
local M = {}

local LARGE = 32768 -- elements, as in lua/torch/record.c; below, a program's call takes as long as it saves
local OPERANDS = 14 -- of a program that runs in one pass; there are two more where a node gets gradients from elsewhere, too

-- ---- rules ----

-- layout[rule] = {id =, inputs =, saved =}: how many there are in a node (core.lua: ORDER NODE).
local layout = {}
for _, places in pairs(core.forms) do
   for _, form in pairs(places) do
      if form and form[1] > 0 then layout[core.rules[form[1]]] = {id = form[1], inputs = #form[2], saved = #form[3]} end
   end
end

local function wanted(input) return input and (S.all or S.reach[input]) end

local function alike(x, g) return C.tensortype(x) == C.tensortype(g) and x:isSameSizeAs(g) and x:isContiguous() end

-- What the program of a node depends on: its rule, which inputs want gradients, and of what kind the saved values are; and how many of these
-- are tensors. nil: it is no pointwise operation on tensors like g.
local function word_of(node, g)
   local form = layout[node[1]]
   if not form then return nil end
   local word, tensors, at = {form.id}, 0, 3 + form.inputs
   for i = 4, at do
      local input = node[i]
      if input and type(input[2]) ~= 'number' then return nil end
      word[#word + 1] = wanted(input) and 'g' or '-'
   end
   for i = at + 1, at + form.saved do
      local v = node[i]
      local kind = v == nil and '-' or type(v) == 'number' and 'n' or torch.isTensor(v) and alike(v, g) and 't'
      if not kind then return nil end
      tensors = tensors + (kind == 't' and 1 or 0)
      word[#word + 1] = kind
   end
   at = at + form.saved + (form.saved > 0 and 1 or 0)
   if form.saved > 0 and node[at] == nil then return nil end -- what was saved is gone: the rule says so
   for i = at + 1, at + form.inputs do
      if node[i] ~= nil then return nil end -- broadcast
   end
   return table.concat(word, ' '), tensors
end

-- ---- programs ----

-- The function of gradients and saved values that gives the gradients of the exits. plan[m]: {rule =, form =, word =, to = {m or -exit or
-- false...}, saved = kinds}; plan.seeds: whom the first arguments are gradients of, m or -exit.
local function function_of(plan)
   local n = #plan
   return function(...)
      local args, at, nodes, exits, captured, seeds = {...}, #plan.seeds, {}, {}, {}, {}
      for m = 1, n do nodes[m] = {plan[m].rule, n + 1 - m} end
      for e = 1, plan.exits do
         exits[e] = {false, -e}
         captured[exits[e]] = true
      end
      local function node_at(to) return to and (to > 0 and nodes[to] or exits[-to]) end
      for m, member in ipairs(plan) do
         local node, place = nodes[m], 3
         for i = 1, member.form.inputs do node[place + i] = node_at(member.to[i]) end
         place = place + member.form.inputs
         for i = 1, member.form.saved do
            if member.saved[i] then
               at = at + 1
               node[place + i] = args[at]
            end
         end
         if member.form.saved > 0 then node[place + member.form.saved + 1] = 0 end
      end
      for i, to in ipairs(plan.seeds) do seeds[i] = node_at(to) end
      local found = core.run(seeds, args, {keep = false, create = false, leaves = false}, captured)
      for e = 1, plan.exits do exits[e] = found[exits[e]] end
      return unpack(exits, 1, plan.exits)
   end
end

local function kinds_of(args)
   local kinds = {}
   for i, v in ipairs(args) do kinds[i] = string.char(type(v) == 'number' and 1 or 2 + C.tensortype(v)) end
   return table.concat(kinds)
end

local known, count = {}, 0 -- by words, or by the key of a plan: the program; false: it is none
local MOST = 1000 -- programs; whose graphs are never alike begins again, instead of growing

-- The program of a plan; nil where one of its rules does something else than pointwise operations.
local function program_of(key, plan, args)
   local program = known[key]
   if program == nil then
      local f = function_of(plan)
      program = pcall(fuse.record, f, kinds_of(args)) and torch.fuse(f)
      if count == MOST then known, count = {}, 0 end
      known[key], count = program, count + 1
   end
   return program or nil
end

local function saved_of(node, form, list)
   for i = 4 + form.inputs, 3 + form.inputs + form.saved do list[#list + 1] = node[i] end
end

-- Whether the node's rule fuses, tried out by itself.
local function fuses(node, word, g)
   local key = C.tensortype(g) .. ':' .. word
   if known[key] ~= nil then return known[key] end
   local form, to, saved, exits, args = layout[node[1]], {}, {}, 0, {g}
   for i = 1, form.inputs do
      local ask = wanted(node[3 + i])
      exits = exits + (ask and 1 or 0)
      to[i] = ask and -exits
   end
   for i = 1, form.saved do
      local v = node[3 + form.inputs + i]
      saved[i] = v ~= nil
      if v ~= nil then args[#args + 1] = v end
   end
   return program_of(key, {{rule = node[1], form = form, to = to, saved = saved}, exits = exits, seeds = {1}}, args) ~= nil
end

-- ---- chains ----

-- The newest of what the chain hands gradients to.
local function newest(open)
   local best
   for node in pairs(open) do
      if not best or node[2] > best[2] then best = node end
   end
   return best
end

local function take(chain, node, word, tensors)
   local form = layout[node[1]]
   chain[#chain + 1], chain.words[#chain + 1] = node, word
   chain.place[node], chain.open[node] = #chain, nil
   chain.tensors = chain.tensors + tensors + (#chain > 1 and node[3] and 1 or 0)
   for i = 4, 3 + form.inputs do
      if wanted(node[i]) then chain.open[node[i]] = true end
   end
end

-- The nodes from this one on that would run next; top(): the newest node that waits.
local function collect(node, g, word, tensors, captured, top)
   local chain = {words = {}, place = {}, open = {}, tensors = 1}
   take(chain, node, word, tensors)
   while true do
      local nextone, waits = newest(chain.open), top(chain.place)
      if not nextone or waits and waits[2] > nextone[2] then break end
      if nextone.hooks or captured and captured[nextone] or not S.all and S.reach[nextone] == 'end' then break end
      if nextone[3] and not alike(nextone[3], g) then break end
      word, tensors = word_of(nextone, g)
      if not word or chain.tensors + tensors > OPERANDS or not fuses(nextone, word, g) then break end
      take(chain, nextone, word, tensors)
   end
   return chain
end

-- What runs: the plan, its key, the gradients that are there, and the nodes that get some.
local function plan_of(chain, g)
   local plan, key, exits, args, number = {exits = 0, seeds = {}}, {C.tensortype(g)}, {}, {}, {}
   for m, node in ipairs(chain) do
      local form, to, saved = layout[node[1]], {}, {}
      for i = 1, form.inputs do
         local input = node[3 + i]
         if wanted(input) then
            to[i] = chain.place[input] or number[input]
            if not to[i] then
               plan.exits = plan.exits + 1
               exits[plan.exits], number[input], to[i] = input, -plan.exits, -plan.exits
            end
         else
            to[i] = false
         end
         key[#key + 1] = tostring(to[i])
      end
      for i = 1, form.saved do saved[i] = node[3 + form.inputs + i] ~= nil end
      plan[m] = {rule = node[1], form = form, to = to, saved = saved}
      key[#key + 1] = chain.words[m]
   end
   local function seed(to, gradient)
      plan.seeds[#plan.seeds + 1], args[#args + 1], key[#key + 1] = to, gradient, 's' .. to
   end
   seed(1, g)
   for m = 2, #chain do
      if chain[m][3] then seed(m, chain[m][3]) end
   end
   for e, node in ipairs(exits) do
      if node[3] then
         if not torch.isTensor(node[3]) or not alike(node[3], g) then return nil end
         seed(-e, node[3])
      end
   end
   return plan, table.concat(key, ';'), args, exits
end

-- Saved values, with a look at their versions; the nodes forget them unless the pass keeps them.
local function add_saved(chain, args)
   for _, node in ipairs(chain) do
      local form = layout[node[1]]
      local first = 4 + form.inputs
      saved_of(node, form, args)
      for i = first, first + form.saved - 1 do
         if torch.isTensor(node[i]) then
            C.saved(node, first, form.saved, S.keep)
            break
         end
      end
   end
end

--- try(node, g, captured, top) -> whether the rules of the node, whose gradient g is, and of those that would come next have run. top(set): the newest
--- node that waits and is not in the set; M.give is core.give.
function M.try(node, g, captured, top)
   if not layout[node[1]] or not torch.isTensor(g) or g:nElement() < LARGE or C.tensortype(g) > 15 then return false end
   local word, tensors = word_of(node, g)
   if not word or not fuses(node, word, g) then return false end
   local chain = collect(node, g, word, tensors, captured, top)
   if #chain < 2 then return false end
   local plan, key, args, exits = plan_of(chain, g)
   if not plan then return false end
   local values = {unpack(args)}
   for _, member in ipairs(chain) do saved_of(member, layout[member[1]], values) end
   local program = program_of(key, plan, values)
   if not program then return false end
   for m = 2, #chain do chain[m][3], chain[m].own = nil, nil end -- they have had their turn
   add_saved(chain, args)
   local results = {program(unpack(args))}
   for e, exit in ipairs(exits) do
      if exit[3] then exit[3], exit.own = results[e], nil
      else core.give(exit, results[e]) end
   end
   return true
end

return M
