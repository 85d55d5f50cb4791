--- The programs in examples/, on small settings: how they end, the files that they leave, and that a README tells of each.
-- Run by th. labels: slow
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local paths = require 'paths'
local th, examples = arg[-1], paths.concat(here, '../../examples')

local folder = os.tmpname()
os.remove(folder)
paths.mkdir(folder)
local function read(path)
   local f = io.open(path)
   local text = f and f:read('*a')
   if f then f:close() end
   return text
end
local function run(script, options)
   local pipe = io.popen(("cd '%s' && '%s' '%s/%s' %s 2>&1; echo \"status $?\""):format(folder, th, examples, script, options or ''))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

-- A table, pictures and a text for the three scripts of docs/training.md.
local function write(name, text)
   local f = assert(io.open(folder .. '/' .. name, 'w'))
   f:write(text)
   f:close()
end
local rows = {'area,district,price'}
for i = 1, 40 do rows[#rows + 1] = ('%d,%s,%d'):format(50 + i, i % 2 == 0 and 'north' or 'south', 100 + 3 * i) end
write('houses.csv', table.concat(rows, '\n') .. '\n')
write('text.txt', ('the cat sat on the mat and the dog sat by the cat. '):rep(60))
package.path = examples .. '/augmentation/?.lua;' .. package.path
require 'image'
local photos = require('scenes')(5)

-- script, options, how the output ends, the file that it leaves; plots are left only where there is gnuplot
local plots = paths.findprogram('gnuplot') ~= nil
if not plots then print('skipped: the plots of lbfgs and module/spirals, as there is no gnuplot') end
local curve = plots and '' or '--picture ""'
local programs = {
   {'regression.lua', 'houses.csv price 2', '\nrow 3: price is 109, predicted %-?[%d.e+]+\n', 'regression-best.t7'},
   {'pictures.lua', photos .. ' 1 1', '\nbest accuracy [%d.]+ %% of 2 classes\n', 'pictures-best.t7'},
   {'characters.lua', 'text.txt 1', '\n.*perplexity [%d.]+.*\nthe cat sat on the mat', 'characters-best.t7'},
   {'resnet/resnet.lua', '--train 40 --test 20 --depth 8 --width 4 --batch 20 --epochs 1 --workers 0', '\n8 layers, %d+ parameters: accuracy [%d.]+ %%\n', 'resnet.t7'},
   {'resnet/resnet.lua', '--train 40 --test 20 --depth 8 --width 4 --batch 20 --epochs 2 --workers 1', 'epoch 2 of 2.*\n8 layers', 'resnet.t7'}, -- goes on
   {'autoencoder/autoencoder.lua', '--train 100 --epochs 2 --hidden 16', 'mean square error 0%.%d+\n.*restored\n', 'autoencoder.png'},
   {'vae/vae.lua', '--train 100 --epochs 2 --hidden 16', 'epoch 2 of 2: bound [%d.]+ nats a digit, pixels [%d.]+, code [%d.]+\n.*own\n', 'vae.png'},
   {'wordvectors/wordvectors.lua', '--epochs 1 --batch 512 --width 8 --save vectors.t7 --near dog,nobody',
      '\ndog +%a+ [%d.]+, %a+ [%d.]+, .*\nnobody +does not occur often enough\n', 'vectors.t7'},
   {'wordvectors/wordvectors.lua', ("--epochs 1 --text '%s/README.md' --least 3"):format(examples), '^%d+ words, %d+ pairs\n.*\nlua +%a+ '},
   {'cartpole/cartpole.lua', '--rounds 2 --episodes 2 --longest 60 --show', '^round 2 of 2: up for %d+ pushes\n|.*|\n'},
   {'lbfgs/lbfgs.lua', '--evaluations 30 --points 40 ' .. curve, '\nL%-BFGS +loss 0%.%d+ after %d+ evaluations', plots and 'lbfgs.png'},
   {'module/test.lua', '', 'in 3 tests with 0 failures and 0 errors\n'},
   {'module/spirals.lua', '--epochs 2 --points 100 ' .. curve, '^accuracy [%d.]+ %%\n', plots and 'spirals.png'},
   {'augmentation/augmentation.lua', '--epochs 1 --batch 8', '\nepoch 1: 40 pictures, %d+ a second\n', 'augmentation.png'},
}
for _, p in ipairs(programs) do
   local script, options, ending, file = unpack(p)
   local text = run(script, options)
   check.ok(text:find('status 0\n$') ~= nil and text:find(ending) ~= nil, script .. ' ' .. options .. ':\n' .. text:sub(-600))
   if file then check.ok(paths.filep(folder .. '/' .. file), script .. ' leaves ' .. file) end
end
for _, name in ipairs{'regression', 'pictures', 'characters'} do
   local _, lines = read(('%s/%s.lua'):format(examples, name)):gsub('\n', '')
   check.ok(lines <= 40, name .. '.lua has at most 40 lines: ' .. lines)
end
check.match(run('resnet/resnet.lua', '--depth 9'), '^%-%-depth: 8, 14, 20, 26, ... expected, got 9\n', 'a depth that cannot be')

-- Options: a line of help for each, and the README has those that it mentions.
local told = read(examples .. '/README.md')
for _, name in ipairs(paths.dir(examples)) do
   local readme = read(examples .. '/' .. name .. '/README.md')
   if name:find('%.lua$') or readme then check.ok(told:find('](' .. name, 1, true) ~= nil, 'examples/README.md leads to ' .. name) end
   if readme then
      local script = name .. '/' .. name .. '.lua'
      local help = paths.filep(examples .. '/' .. script) and run(script, '--help') or ''
      for option in readme:gsub('pip [^&\n]*', ''):gmatch('%-%-%a+') do -- but pip's
         check.ok(option == '--help' or help == '' or help:find('\n  ' .. option .. ' ', 1, true) ~= nil, script .. ' has ' .. option)
      end
      for file in readme:gmatch('`([%a]+%.lua)`') do check.ok(paths.filep(examples .. '/' .. name .. '/' .. file), name .. ' has ' .. file) end
   end
end

paths.rmall(folder, 'yes')
paths.rmall(photos, 'yes')
check.finish()
