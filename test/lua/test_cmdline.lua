--- torch.CmdLine: parsing, help, names of runs, logs.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'torch'

local function example()
   local cmd = torch.CmdLine()
   cmd:text('Trains')
   cmd:option('-lr', 0.1, 'rate')
   cmd:option('-name', 'net', 'a string')
   cmd:option('-gpu', false, 'switch')
   cmd:argument('-file', 'input', 'string')
   return cmd
end

-- Runs the parser in a process of its own, as a mistake ends the process.
local function run(...)
   local th = os.getenv('TH') or arg[-1]
   local args = table.concat({...}, ' ')
   local pipe = io.popen(('%s %stest_cmdline.lua --child %s 2>&1; echo "status $?"'):format(th, here, args))
   local out = pipe:read('*a')
   pipe:close()
   return out
end

if arg[1] == '--child' then
   table.remove(arg, 1)
   example():parse(arg)
   os.exit(0)
end

local cmd = example()
local p = cmd:parse {'-lr', '0.5', 'data.t7', '-gpu'}
check.eq(p, {lr = 0.5, name = 'net', gpu = true, file = 'data.t7'}, 'parse')
check.eq(cmd:parse {'f', '-lr', '-3'}.lr, -3, 'negative number')
check.eq(cmd:parse {'f', '--lr', '3'}.lr, 3, 'other dashes')
check.eq(cmd:parse {'f', '--lr=3'}.lr, 3, 'value behind =')
check.eq(cmd:default(), {lr = 0.1, name = 'net', gpu = false}, 'default')

local names = {}
check.captured(function()  -- string() prints what changed
   names[1] = cmd:string('exp', p, {file = true})
   names[2] = cmd:string('exp', p, {lr = true, name = true, gpu = true})
   names[3] = torch.CmdLine():string('', {}, {})
   local toggles = torch.CmdLine(';', ':')
   toggles:option('-b', true, 'on')
   toggles:option('-s', '', 'text')
   local q = toggles:parse {'-b', '-s', 'a b'}
   check.eq(q, {b = false, s = 'a b'}, 'toggled default')
   names[4] = toggles:string('x', q, {})
end)
check.eq(names, {'exp,gpu=t,lr=0.5', 'exp,file=data.t7,', '', 'x;b:f;s:a b'}, 'string')

local help = check.captured(function() cmd:help({[0] = 'train.lua'}) end)
check.match(help, '^Usage: train.lua %[options%] <file>\n', 'usage line')
check.match(help, 'Trains\n', 'text')
check.match(help, '%-lr +rate %[0%.1%]\n', 'option line')
check.match(help, '<file> +input\n', 'argument line')

local out = run('-nope', '1')
check.match(out, 'unknown option: %-nope', 'unknown option')
check.match(out, 'status 1', 'status of a mistake')
check.match(run(), 'missing argument: <file>', 'missing argument')
check.match(run('f', '-lr'), 'option %-lr needs a value', 'missing value')
check.match(run('f', '-lr', 'x'), "needs a number, got 'x'", 'wrong type')
check.match(run('f', 'g'), 'unknown argument: g', 'one argument too many')
out = run('--help')
check.match(out, 'Usage:', 'help')
check.match(out, 'status 0', 'status of help')
check.error(function() cmd:option('-x', nil, 'no default') end, 'needs a default', 'option without default')

-- a class of one's own reads options and arguments with the inner methods, and may take -h
local Own = torch.class('OwnCmdLine', 'torch.CmdLine')
function Own:parse(arg)
   local values, i, n = self:default(), 1, 0
   while i <= #arg do
      if self.options[arg[i]] then
         i = i + self:__readOption__(values, arg, i)
      else
         n = n + 1
         i = i + self:__readArgument__(values, arg, i, n)
      end
   end
   return values
end
local own = _G.OwnCmdLine()
own:option('-h', false, 'height')
own:option('-lr', 0.1, 'rate')
own:argument('-file', 'file')
check.eq(own:parse{'-lr', '2', 'x', '-h'}, {h = true, lr = 2, file = 'x'}, 'a derived class')
check.eq(torch.CmdLine().options['-h'], nil, '-h is free')
do -- parse reads by the methods of the object's class
   local read = {}
   local Reader, parent = torch.class('ReaderCmdLine', 'torch.CmdLine')
   function Reader:__readOption__(params, arg, i)
      local taken = parent.__readOption__(self, params, arg, i)
      read[#read + 1] = ('%s %s'):format(arg[i], tostring(taken))
      return taken
   end
   function Reader:__readArgument__(params, arg, i, n)
      read[#read + 1] = ('%s is argument %d'):format(arg[i], n)
      return parent.__readArgument__(self, params, arg, i, n)
   end
   local reader = ReaderCmdLine()
   reader:option('-lr', 0.1, 'rate')
   reader:argument('-file', 'file')
   check.eq(reader:parse{'-lr', '2', 'x'}, {lr = 2, file = 'x'}, 'methods that call those of the parent')
   check.eq(read, {'-lr 2', 'x nil', 'x is argument 1'}, 'are called')
end

local path = os.tmpname()
local plain = print
check.captured(function()
   cmd:addTime('run')
   cmd:log(path, p)
   cmd:silent()
   print('hello', 3)
end)
print = plain
local f = io.open(path)
local text = f:read('*a')
f:close()
os.remove(path)
check.match(text, 'lr\t0%.5\n', 'log has the parameters')
check.match(text, '%[run %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d%] hello\t3\n', 'log line')

check.finish()
