--- What the prompt is made of: which text runs and when, the ends of large tensors, names that were meant,
-- help, completion; and that lazy packages show all they have.
require 'torch'
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')

-- ---- text to chunks ----
do
   local compile = require('trepl.chunk').compile
   local function kind(text) return (compile(text)) end
   for text, want in pairs{
      ['1 + 1'] = 'values', ['print_x'] = 'values', ['x;'] = 'chunk', ['x = 1'] = 'chunk', ['a = 1; a'] = 'values',
      ['x -- what'] = 'values', ['local a = 1'] = 'chunk', ['for i = 1, 2 do'] = 'incomplete', ['f('] = 'incomplete',
      ['x = {'] = 'incomplete', ['1 +'] = 'incomplete', ['x and'] = 'incomplete', ['-'] = 'incomplete',
      ['if x'] = 'incomplete', ['s = [[ab'] = 'incomplete', ['x.'] = 'incomplete',
      ['x:sum'] = 'error', ['a = 1 a'] = 'error', ['x = = 1'] = 'error', ['"ab'] = 'error', ['1 2'] = 'error',
      ['s = "a;b" 5'] = 'error', ['do x'] = 'error', ['while x do\n\ny()'] = 'incomplete',
   } do check.eq(kind(text), want, text) end

   for text, want in pairs{['x +'] = "unexpected symbol near '?<eof>'?$", ['f('] = "near '?<eof>'?$", ['do'] = "'end' expected near '?<eof>'?$"} do
      check.match(select(2, compile(text)), want, 'what is missing in ' .. text)
   end

   local function values(text)
      local got
      local _, f = compile(text)
      f(function(...) got = {n = select('#', ...), ...} end)
      return got
   end
   check.eq(values('a_ = 1; a_, a_ + 1'), {n = 2, 1, 2}, 'statements and expressions')
   check.eq(values('b_ = ";"; c_ = 2; b_ .. c_'), {n = 1, ';2'}, 'a semicolon in a string')
   check.eq(values('local kept_ = 4; kept_'), {n = 1, 4}, 'a local variable, shown')
   check.eq(rawget(_G, 'kept_'), 4, 'and kept')
   for _, text in ipairs{'nil + 1', 'local q = nil + 1', 'x_.y', 'f_()', 'error("e")', '{} .. "" -- remark'} do
      local _, f = compile(text)
      local ok, message = pcall(f, function() end)
      check.ok(not ok and message:find('^th:1: '), 'one line errs at line 1: ' .. text .. ': ' .. tostring(message))
   end
end

-- ---- what other languages write ----
do
   local elsewhere = require 'trepl.elsewhere'
   for text, want in pairs{
      ['import torch'] = "require 'torch'", ['x += y * 2'] = 'x = x + y', ['a[1] != 3'] = '~= is "not equal"', ['x = [1, 2]'] = 'lists are in braces, {1, 2, 3}',
      ['torch.zeros((2, 3))'] = 'sizes without parentheses of their own: f(2, 3)', ['for i in range(3):'] = 'for i = 1, n do ... end',
      ['torch.sum(x, dim=1)'] = 'arguments have an order, not names; those of options are in a table, f{dim = ...}', ['a && b'] = 'and',
      ['for i = 0:9 print(i)'] = 'for i = 0, 9 do ... end', ['def f(x): return x'] = 'function f(x) ... end', ['!done'] = 'not', ['# note'] = 'comments begin with --',
   } do check.eq(elsewhere.syntax(text), want, text) end
   for _, text in ipairs{'x = = 1', 'print("a != b, [1]" 3)', 'f{a = 1} b', 'if a == b do', 't = {x = [[s]]'} do check.eq(elsewhere.syntax(text), nil, text) end

   require 'nn'
   for name, here in pairs(elsewhere.field) do
      local class = here:match('^(nn%.%w+)')
      if class then check.ok(nn[class:sub(4)] ~= nil and nn[name] == nil, name .. ': ' .. here) end
   end
   for name in pairs(elsewhere.method) do check.ok(torch.Tensor[name] == nil and nn.Module[name] == nil or name == 'cuda', name .. ' is not here') end
   for name in pairs(elsewhere.global) do check.ok(rawget(_G, name) == nil, name .. ' is not here') end
end

-- ---- the ends of large tensors ----
do
   local text = require('trepl.summary').text
   local all = text(torch.range(1, 1000))
   check.eq(select(2, all:gsub('\n', '')), 1001, 'a thousand are shown')
   local ends = text(torch.range(1, 1001))
   check.match(ends, '^    1\n    2\n.*\n    8\n %.%.%.\n  994\n.*\n 1001\n%[torch.DoubleTensor of size 1001%]$', 'a vector')
   local matrix = text(torch.range(1, 10000):resize(100, 100))
   check.match(matrix, '^     1      2 [^\n]* %.%.%.  [^\n]*  99    100\n', 'columns')
   check.match(matrix, '\n %.%.%.\n  9201 .*  10000\n%[torch.DoubleTensor of size 100x100%]$', 'rows')
   for line in matrix:gmatch('[^\n]+') do check.ok(#line <= 80, 'no line is too long') end
   local cube = text(torch.zeros(5, 4, 20, 20))
   check.match(cube, '^%(1,1,%.,%.%) = \n', 'first slice')
   check.match(cube, '\n\n%.%.%.\n\n%(5,4,%.,%.%) = \n', 'last slice')
   check.eq(select(2, cube:gsub('%.,%.%) =', '')), 2, 'two slices')
   check.match(text(torch.LongStorage(5000):fill(7)), '^ 7\n.*\n %.%.%.\n.* of size 5000%]$', 'a storage')
   check.match(text(torch.rand(3000, 2):float():mul(1e6)), '^100000 %*\n', 'the factor stands above')
   for _, name in ipairs(require('torch.Storage').types) do
      check.match(text(torch[name .. 'Tensor'](2000):fill(1)), ' 1\n %.%.%.\n 1\n.*' .. name, name)
   end
   local nan, inf = 0 / 0, math.huge
   check.eq(text(torch.Tensor{1, nan, -inf}):match('^(.-)%['), ' 1.0000e+00\n        nan\n       -inf\n', 'NaN and inf in columns')
   check.eq(text(torch.Tensor{{1, nan}, {nan, 30}}):match('^(.-)%['), '   1  nan\n nan   30\n', 'NaN among whole numbers')
   check.eq(text(torch.Tensor{{1.5, nan}}):match('^(.-)%['), ' 1.5000     nan\n', 'NaN among others')
   check.eq(text(3), nil, 'no number')
end

-- ---- what was meant ----
do
   local nearest = require 'torch.nearest'
   check.eq(nearest('ad', {'abs', 'add', 'sub'}), 'add', 'a letter left out')
   check.eq(nearest('Liner', {'Linear', 'LSTM', 'ReLU'}), 'Linear', 'nn.Liner')
   check.eq(nearest('learningrate', {'learningRate', 'momentum'}), 'learningRate', 'upper and lower case')
   check.eq(nearest('smu', {'mul', 'sum'}), 'sum', 'swapped letters')
   check.eq(nearest('tahn', {'tan', 'tanh'}), 'tanh', 'swapped letters rather than one too many')
   check.eq(nearest('sm', {'mm', 'sum'}), 'sum', 'the first letter counts')
   check.eq(nearest('zzz', {'add', 'sum'}), nil, 'nothing near')
   check.eq(nearest('', {'add'}), nil, 'no name')
   check.eq(select(2, nearest('ad', {'add'})), 1, 'distance')
end

-- ---- lazy packages show what they have ----
do
   local function count(t)
      local n = 0
      for _ in pairs(t) do n = n + 1 end
      return n
   end
   require 'nn'
   check.ok(count(nn) > 180, 'classes of nn')
   check.eq(rawget(nn, 'THNN'), nil, 'internals are hidden')
   check.ok(nn.THNN.kernels and nn.loadAll, 'and there')
   check.eq(package.loaded['nn.pooling.SpatialLPPooling'], nil, 'files are not loaded')
   local LPPooling = rawget(nn, 'SpatialLPPooling')
   local mt = getmetatable(LPPooling)
   check.eq(mt.__typename, 'nn.SpatialLPPooling', 'name of a class')
   check.eq(package.loaded['nn.pooling.SpatialLPPooling'], nil, 'which loads nothing')
   check.eq(getmetatable(mt).__typename, 'nn.Sequential', 'its parent')
   check.ok(package.loaded['nn.pooling.SpatialLPPooling'], 'which does')
   check.ok(rawequal(nn.SpatialLPPooling, LPPooling) and rawequal(getmetatable(LPPooling), mt), 'the same tables as before')
   check.eq(torch.type(LPPooling(1, 2, 2, 2)), 'nn.SpatialLPPooling', 'an object')
   function nn.Cosine:added() return self end
   check.ok(nn.Cosine(1, 1):added(), 'a method added to a class that was not loaded')
   check.eq(torch.class('test_.Derived', 'nn.Tanh', {}).forward, nn.Module.forward, 'a parent that was not loaded')
   check.ok(torch.isTypeOf(nn.Sum(1), 'nn.Module') and torch.isTypeOf(nn.Sum(1), nn.Sum), 'types')
   for name, class in pairs(nn) do
      if getmetatable(class) and name ~= 'SpatialLPPooling' then
         check.eq(getmetatable(class).__typename, 'nn.' .. name, name)
         check.ok(getmetatable(class).__factory, name .. ': its file defines it')
      end
   end
   check.ok(nn.utils.recursiveType and nn.Jacobian.forward and nn.tables, 'tables of functions')

   local owner, tries = {}, 0
   require('luaT').declare('test_.Broken', owner, function()
      tries = tries + 1
      error 'no file'
   end)
   for i = 1, 2 do
      check.error(function() return owner.Broken() end, 'no file', 'a file that does not load')
      check.eq(tries, i, 'is tried again')
   end

   local optim = require 'optim'
   check.ok(count(optim) >= 19, 'functions of optim')
   for _, name in ipairs{'Timer', 'CmdLine', 'Tester', 'File', 'DiskFile', 'save', 'load', 'serialize', 'TestSuite'} do
      check.ok(rawget(torch, name), 'torch.' .. name)
   end
   check.eq(torch.deserialize(torch.serialize{1, 2}), {1, 2}, 'a function that was not loaded')
   check.ok(paths and xlua and sys, 'what scripts rely on')
end

-- ---- help and completion ----
do
   local help = require('trepl.help').help
   check.match(help('nn', true), 'networks.*\n Abs AbsCriterion .* ZipTableOneToMany', '?nn')
   check.match(help('optim', true), 'minimizers.* adam .* sgd', '?optim')
   check.match(help('nn.Linear', true), '^nn%.Linear%(.*y = W x %+ b.*updateOutput.*Linear%.lua$', '?nn.Linear')
   for class in pairs(require 'nn.modules') do -- also those without a constructor of their own, whose methods are checked
      if nn[class] and torch.getmetatable('nn.' .. class) then
         check.match(help('nn.' .. class, true), '^nn%.' .. class .. '.*/' .. class .. '%.lua$', '?nn.' .. class)
      end
   end
   check.match(help('optim.sgd', true), '^optim%.sgd%(opfunc.*gradient descent', '?optim.sgd')
   check.match(help(torch.Tensor(2), true), 'torch%.Tensor%(', 'a tensor')
   check.match(help(nn.Linear(1, 1), true), '^nn%.Linear%(', 'an object')
   check.match(help(nn, true), 'networks', 'a package')
   check.match(help('image.vflip', true), '^image%.vflip%(%[dst result%], src image%)\n\n.*above and below', '?image.vflip')
   check.match(help(torch.add, true), '^torch%.add', 'a function')
   check.match(help('torch.IntTensor:__mul__', true), 'their product', 'a metamethod')
   check.eq(help('no_such', true), 'undocumented symbol: no_such', 'nothing')
   check.match(help('nn.Linaer', true), 'did you mean nn%.Linear%?', 'a misspelt class')
   check.match(help('optim.sdg', true), 'did you mean optim%.sgd%?', 'a misspelt function')
   check.match(help('net:foward', true) .. help('nn.Tanh:foward', true), 'did you mean nn%.Tanh:forward%?', 'a misspelt method')
   check.match(help('nn.Tanh:forward', true), '^module:forward%(input%).*as in nn%.Module', 'a method of the parent')
   check.match(help('threads.Queue', true), 'new queue', 'a package that is no global')
   local apropos = require('trepl.help').apropos
   check.match(apropos('batch norm', true), 'nn%.BatchNormalization ', 'apropos')
   local found = apropos('product batches', true)
   check.match('\n' .. found, '\ntorch%.bmm +Products of two batches of matrices', 'apropos tells what an operation does')
   check.eq(select(2, ('\n' .. found):gsub('\ntorch%.Tensor:bmm ', '')), 1, 'and names a method once')
   check.match(apropos('xyzzy', true), '^nothing is about that', 'apropos of nothing')

   local complete = require('trepl.completer').complete
   local function names(text) return table.concat((complete(text, text:match('%w*$'), 0, #text)), ' ') end
   check.eq(names 'nn.Lin', 'Linear LinearWeightNorm', 'nn.')
   check.eq(names 'nn.TH', '', 'internals')
   check.eq(names 'nn.Jac', 'Jacobian', 'tables of functions')
   check.eq(names 'nn.utils.recursiveT', 'recursiveType', 'inside them')
   check.eq(names 'nn.VolumetricDropout:updateO', 'updateOutput', 'methods of a class that was not loaded')
   check.eq(names 'optim.ada', 'adadelta adagrad adam adamax adamw', 'optim.')
end

check.finish()
