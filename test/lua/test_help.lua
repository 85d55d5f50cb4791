--- Every public name of the packages has help, in the form of docs/documentation.md: a call with the arguments that the
-- function has, a result if and only if it returns something, and what it computes.
-- Run by th.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local manual, help = require 'trepl.manual', require 'trepl.help'
local util = require 'jit.util'

-- Whether a Lua function has a return statement with a value; nil of one in C.
-- Tail calls tell neither.
local returning = {RET = true, RET1 = true, RETM = true, CALLT = false, CALLMT = false}
local function returns(f)
   local info = util.funcinfo(f)
   if not info.bytecodes then return nil end
   local names, unsure = require('jit.vmdef').bcnames, false
   for pc = 1, info.bytecodes - 1 do
      local op = bit.band(util.funcbc(f, pc), 255)
      local kind = returning[names:sub(op * 6 + 1, op * 6 + 6):match('%S+')]
      if kind then return true end
      if kind == false then unsure = true end
   end
   return not unsure and false or nil
end

-- The function behind a check that its package has put around it: what its file returns.
local function own(name, f)
   local v = package.loaded[name]
   return type(v) == 'function' and v or f
end

-- Whether the arguments of a text's first line are as many as the function takes.
local function counts(parts, f)
   local info = debug.getinfo(f, 'uS')
   if info.what == 'C' then return true end
   local named, rest = #parts.args, (parts.args[#parts.args] or ''):find('...', 1, true)
   local self_ = parts.name:find(':', 1, true) and 1 or 0
   if info.isvararg or rest then return named - (rest and 1 or 0) <= info.nparams - self_ + (info.isvararg and 20 or 0) end
   return named == info.nparams - self_
end

local function described(summary) return #summary:gsub('%s+', ' ') >= 12 end

-- A method of nn may be wrapped by nn/check.lua; a function of image by image/call.lua: their texts come from forms.
local function wrapped(f)
   local source = debug.getinfo(f, 'S').source
   return source:find('nn/check.lua', 1, true) or source:find('image/call.lua', 1, true) or source:find('optim/settings.lua', 1, true)
      or source:find('optim/arguments.lua', 1, true)
end

local function check_function(entry, text)
   local f = own(entry.name, entry.value)
   local generated = require('torch.help').lookup(entry.name) or require('torch.help').lookup((entry.name:gsub(':', '.')))
      or entry.name:find('^torch%.%w+:') and require('torch.help').lookup((entry.name:gsub('^torch%.%w+:', '')))
   if generated then return check.ok(#generated > 20, entry.name .. ': more than its call') end
   text = entry.class and manual.of_method(entry.class, entry.method) or manual.of_function(f, entry.name) or 'nothing'
   local parts = manual.parse(text)
   if not check.ok(parts.name ~= nil, entry.name .. ': the text begins with a call, as in docs/documentation.md; it is "'
      .. text:match('^[^\n]*') .. '"') then return end
   check.ok((' ' .. parts.name .. ','):find('[ .:]' .. entry.name:match('[%w_]+$') .. ','), entry.name .. ': the name in its text: ' .. parts.name)
   check.ok(described(parts.summary), entry.name .. ': what it computes')
   if type(f) ~= 'function' or wrapped(f) then return end
   check.ok(counts(parts, f), entry.name .. ': as many arguments as it takes: ' .. text:match('^[^\n]*'))
   local gives = returns(f)
   if gives ~= nil and not (gives == false and parts.result == 'nothing') then check.eq(parts.result ~= nil, gives, entry.name .. ': -> result, as it returns something or not') end
end

local function check_class(entry, text)
   local parts = manual.parse(text)
   if require('torch.help').lookup(entry.name) then return end
   if not check.ok(parts.name ~= nil, entry.name .. ': the text begins with its constructor; it is "' .. text:match('^[^\n]*') .. '"') then return end
   check.ok(described(parts.summary), entry.name .. ': what it is')
   local arguments = rawget(entry.class, '__arguments')
   if arguments and not arguments:find('...', 1, true) then
      local _, n = arguments:gsub('[^,]+', '')
      check.eq(#parts.args, n, entry.name .. ': as many arguments as its constructor takes: ' .. arguments)
   end
end

-- The text of an entry as help finds it; of an inherited method the parent's, which was checked there.
local function inherited(entry)
   if entry.kind ~= 'method' then return false end
   local _, owner = manual.of_method(entry.class, entry.method)
   return owner and owner ~= entry.class.__typename
end

-- The texts of cutorch, which are there without a GPU: in the form, with as many arguments as its functions in Lua have.
local source = io.open(package.searchpath('cutorch', package.path)):read('*a')
local defined = {}
for name, list in source:gmatch('\nfunction (cutorch%.%w+)(%b())') do defined[name] = select(2, list:gsub('[%w.]+', '')) end
for name, text in pairs(require 'cutorch.help') do
   local parts = manual.parse(text)
   if check.ok(parts.name ~= nil, name .. ': the text begins with a call: ' .. text) then
      check.ok(parts.name:match('[%w_]+$') == name:match('[%w_]+$') and described(parts.summary), name .. ': name, and what it does: ' .. text)
      local takes = defined[name]
      if takes and not text:find('...', 1, true) then check.eq(#parts.args, takes, name .. ': as many arguments as it takes') end
      defined[name] = nil
   end
end
check.eq(next(defined), nil, 'functions of cutorch have a text')
check.match(help.find('cutorch.setDevice'), '^cutorch%.setDevice%(i%): makes GPU i the current one%.', 'help without a GPU')

local total = 0
for _, package_ in ipairs(manual.packages) do
   local on_gpu = package_ == 'cutorch' or package_ == 'cunn' -- their texts are those of lua/cutorch/help.lua
   local list = on_gpu and {} or manual.entries(package_)
   if #list == 0 then print(package_ .. ' is left out: not here, or of the GPU') end
   for _, entry in ipairs(list) do
      total = total + 1
      local text = help.find(entry.name)
      if check.ok(text ~= nil, entry.name .. ' has help') and not inherited(entry) then
         if entry.kind == 'class' then check_class(entry, text)
         elseif entry.kind == 'function' or entry.kind == 'method' then check_function(entry, text) end
      end
   end
   if #list > 0 then check.ok(help.find(package_) ~= nil, package_ .. ' has help') end
end
check.ok(total > 1500, 'the packages have names: ' .. total)
check.finish()
