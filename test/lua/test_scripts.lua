--- The short scripts of examples/, on data drawn here, in a folder of their own: they train, save, and go on where they were.
--   (labels: slow)
require 'torch'
local image = require 'image'
require 'nn'
require 'train'
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local ok, match = check.ok, check.match

local function absolute(path) return path:sub(1, 1) == '/' and path or require('paths').concat(path) end
local examples, th = absolute(here .. '../../examples'), absolute(arg[-1])
local folder = os.tmpname()
os.remove(folder)
os.execute('mkdir ' .. folder)
local function file(name) return folder .. '/' .. name end

local function run(script, arguments)
   local pipe = io.popen(("cd '%s' && '%s' '%s/%s.lua' %s 2>&1"):format(folder, th, examples, script, arguments))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

local function exists(name)
   local f = io.open(file(name))
   if f then f:close() end
   return f ~= nil
end

local draws = require('gnuplot.program').installed()
if not draws then print('skipped: the pictures of curves: there is no program gnuplot (package gnuplot-nox)') end

-- Two epochs, then a third by the same command; what is left behind.
local function trained(script, arguments, epochs)
   local text = run(script, arguments:format(2) .. ' ')
   match(text, 'epoch 1 of 2: loss [^\n]*\n.*epoch 2 of 2: ', script .. ': two epochs')
   text = run(script, arguments:format(3))
   ok(text:find('epoch 3 of 3', 1, true) and not text:find('epoch 2 of 3', 1, true), script .. ' goes on: ' .. text)
   ok(exists(script .. '.t7') and exists(script .. '-best.t7'), script .. ': the run and the best net')
   if draws then ok(exists(script .. '.png'), script .. ': its curves') end
   local lines = 0
   for _ in io.lines(examples .. '/' .. script .. '.lua') do lines = lines + 1 end
   ok(lines < 40, script .. ' has less than 40 lines')
   return text
end

torch.manualSeed(1)
do
   local f = io.open(file('houses.csv'), 'w')
   f:write('area,rooms,street,price\n')
   for i = 1, 60 do
      local area, rooms = torch.random(40, 200), torch.random(1, 6)
      f:write(('%s,%d,"street, %d",%d\n'):format(i % 20 == 0 and '' or area, rooms, i, 2 * area + 10 * rooms))
   end
   f:close()
   match(trained('regression', 'houses.csv price %d'), 'row 1: price is %d+, predicted [%d.e+-]+\n', 'regression predicts')
end

do
   for k, class in ipairs{'dark', 'light'} do
      os.execute('mkdir -p ' .. file('photos/' .. class))
      local ending = image.is_supported('png') and 'png' or 'ppm'
      for i = 1, 12 do
         image.save(file(('photos/%s/%d.%s'):format(class, i, ending)), torch.rand(3, 40, 44):mul(0.5):add((k - 1) * 0.5))
      end
   end
   match(trained('pictures', 'photos %d 1'), 'best accuracy [%d.]+ %% of 2 classes\n$', 'pictures tells classes apart')
end

do
   local f = io.open(file('book.txt'), 'w')
   f:write(('the cat sat on the mat; the dog sat by the cat. '):rep(20))
   f:close()
   local text = trained('characters', 'book.txt %d')
   match(text, '\nthe cat sat on the mat; the dog [a-z ;.]+\n$', 'characters writes')
end

-- Ctrl-C in the midst of an epoch: the program ends by it, with its state on file, and goes on from there.
local function ignores_interrupts()
   local f = io.open('/proc/self/status')
   local mask = f and f:read('*a'):match('SigIgn:%s*%x*(%x)')
   if f then f:close() end
   return not mask or math.floor(tonumber(mask, 16) / 2) % 2 == 1
end

do
   local f = io.open(file('stopped.lua'), 'w')
   f:write([[
      require 'nn'
      local data, train = require 'data', require 'train'
      local ffi = require 'ffi'
      ffi.cdef 'int raise(int signal);'
      torch.manualSeed(1)
      local run = train.fit{net = nn.Sequential():add(nn.Linear(2, 1)), criterion = nn.MSECriterion(), checkpoint = 'stopped.t7', progress = false,
         data = data.tensors(torch.randn(20, 2), torch.randn(20, 1)):batches{size = 2, seed = 1}, epochs = 2, verbose = false,
         callbacks = {{step = function(_, run) if run.step == 14 then ffi.C.raise(2) end end}}}
      print('done', run.step)
   ]])
   f:close()
   if ignores_interrupts() then
      print('skipped: Ctrl-C: this program was started with interrupts ignored, and so are those that it starts')
   else
      local function go()
         local pipe = io.popen(("cd '%s' && '%s' stopped.lua 2>&1; echo status $?"):format(folder, th))
         local text = pipe:read('*a')
         pipe:close()
         return text
      end
      match(go(), 'the state of the run is in stopped.t7\n.*status 130', 'Ctrl-C saves and ends')
      check.eq(torch.load(file('stopped.t7')).step, 14, 'after the step')
      match(go(), '^done\t20\nstatus 0', 'and it goes on')
   end
end

os.execute("rm -r '" .. folder .. "'")
check.finish()
