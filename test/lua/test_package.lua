--- Operations of packages (lua/torch/package.lua): where they are put, and what is refused. The install test builds a
-- package that has some.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local ops = require 'torch.ops'

-- bindings are those of an operation that is there, under another name
local all = ops.all()
local add = all.add
check.error(function() ops.add('mine', {add = add}) end, "mine: cannot add the operation 'add': torch%.add is there", 'a name that torch has')
check.error(function() ops.add('mine', {_gen = add}) end, "'_gen'", 'a name of something else')
check.eq(ops.all()._gen, nil, 'nothing of what is refused is put anywhere')
local function failing() ops.add('mine', {plus_one = add, zeros = all.zeros}) end
check.ok(not pcall(failing) and torch.plus_one == nil and torch.Tensor().plus_one == nil, 'all of a package or nothing')

ops.add('mine', {plus = add})
for _, name in ipairs{'Float', 'Double', 'Byte', 'Long'} do
   local x = torch[name .. 'Tensor']{1, 2}
   check.eq(torch.plus(x, 3):totable(), {4, 5}, 'function of ' .. name)
   check.eq({x:plus(1):totable(), x:totable()}, {{2, 3}, {2, 3}}, 'method of ' .. name)
end
check.eq(rawget(torch.getmetatable('torch.HalfTensor'), 'plus'), nil, 'no method where there is no kernel')
check.error(function() torch.HalfTensor(2):plus(1) end, 'torch.HalfTensor does not implement', 'the call says so')
check.error(function() ops.add('other', {plus = add}) end, "other: cannot add the operation 'plus'", 'the name of another package')

-- a package without operations, and without a half for GPUs
local packages = require 'torch.package'
packages.opened('mine_without', nil)
check.ok(pcall(packages.gpu, 'simt'), 'packages that have no half for GPUs are let be')
check.finish()
