--- torch.CmdLine([argseparator = ',', keyseparator = '=']): options and arguments of a script, with help and a log. The
-- separators are those of string().
--
--    cmd = torch.CmdLine()
--    cmd:text('Trains a net')
--    cmd:option('-lr', 0.1, 'learning rate')
--    cmd:argument('-data', 'file to train on', 'string')
--    opt = cmd:parse(arg)        -- opt.lr, opt.data
local CmdLine = torch.class('torch.CmdLine')

local function strip(key)
   return (key:gsub('^%-+', ''))
end

function CmdLine:__init(argseparator, keyseparator)
   self.argseparator = argseparator or ','
   self.keyseparator = keyseparator or '='
   self.options = {}     -- by key, dashes and all
   self.arguments = {}
   self.helplines = {}   -- texts, options and arguments in the order they came
   self.dateformat = nil
   self.silentio = false
   self:option('-help', false, 'print this help')
   self.helplines = {}
end

-- Describing --------------------------------------------------------------------------------------

--- cmd:option(key, default [, help, type]): adds an option. Its type is that of the default, or the one named; the
-- default is required. A boolean option takes no value: giving it toggles the default.
--
-- > cmd = torch.CmdLine()
-- > cmd:option('-lr', 0.1, 'learning rate')
-- > cmd:parse{'-lr', '0.5'}.lr
-- 0.5
function CmdLine:option(key, default, help, type_)
   if default == nil then
      error(("torch.CmdLine: option %s needs a default value: cmd:option('%s', 1, 'help')"):format(key, key), 2)
   end
   if self.options[key] and not self.options[key].replaceable then
      error(('torch.CmdLine: option %s is there already'):format(key), 2)
   end
   local option = {key = key, default = default, help = help, type = type_ or type(default)}
   option.replaceable = key == '-help'
   self.options[key] = option
   table.insert(self.helplines, option)
end

--- cmd:argument(key [, help, type]): adds a positional argument, which must be given.
function CmdLine:argument(key, help, type_)
   local argument = {key = key, help = help, type = type_ or 'string'}
   table.insert(self.arguments, argument)
   table.insert(self.helplines, argument)
end

--- cmd:text([text]): adds a line of text to the help, an empty one without argument.
function CmdLine:text(text)
   table.insert(self.helplines, text or '')
end

--- cmd:help([arg]): prints the help. arg: the script's arguments, for its name.
function CmdLine:help(arg)
   arg = arg or rawget(_G, 'arg') or {}
   local usage = {'Usage: ' .. (arg[0] or 'script.lua'), '[options]'}
   local width = 0
   for _, line in ipairs(self.helplines) do
      if type(line) == 'table' then width = math.max(width, #line.key) end
   end
   for _, argument in ipairs(self.arguments) do usage[#usage + 1] = '<' .. strip(argument.key) .. '>' end
   io.write(table.concat(usage, ' '), '\n\n')
   for _, line in ipairs(self.helplines) do
      if type(line) == 'string' then
         io.write(line, '\n')
      else
         local key = line.default == nil and '<' .. strip(line.key) .. '>' or line.key
         io.write(('  %-' .. width + 1 .. 's  %s'):format(key, line.help or ''))
         if line.default ~= nil then io.write(' [', tostring(line.default), ']') end
         io.write('\n')
      end
   end
   io.write('\n')
end

--- cmd:error(message): prints a message on stderr and the help, and ends the program with status 1.
function CmdLine:error(message)
   io.stderr:write(message, '\n\n')
   self:help()
   os.exit(1)
end

-- Parsing -----------------------------------------------------------------------------------------

local function convert(text, type_)
   if type_ == 'number' then return tonumber(text) end
   if type_ == 'boolean' then
      return ({['true'] = true, t = true, ['1'] = true, ['false'] = false, f = false, ['0'] = false})[text]
   end
   return text
end

-- The option of an argument such as '-lr': the very key, or else the same name with another number of dashes;
-- -h asks for help unless it is an option.
function CmdLine:__find(key)
   local option = self.options[key]
   if option then return option end
   local name = strip(key)
   if name == key or name == '' then return nil end
   return self.options['-' .. name] or self.options['--' .. name] or name == 'h' and self.options['-help'] or nil
end

function CmdLine:__read_value(option, text, written)
   if text == nil then
      self:error(('option %s needs a value (%s)'):format(written, option.type))
   end
   local value = convert(text, option.type)
   if value == nil then
      self:error(("option %s needs a %s, got '%s'"):format(written, option.type, text))
   end
   return value
end

-- Reads the option at arg[i]; returns how many arguments that took, or nil if there is no such option.
function CmdLine:__readOption__(params, arg, i)
   local written = arg[i]
   local key, value = written, nil
   local option = self:__find(key)
   if not option then  -- --lr=0.1
      key, value = written:match('^(%-+[^=]+)=(.*)$')
      option = key and self:__find(key)
      if not option then return nil end
   end
   if self.options['-help'] == option then
      self:help(arg)
      os.exit(0)
   end
   local name = strip(option.key)
   if value ~= nil then
      params[name] = self:__read_value(option, value, key)
   elseif option.type == 'boolean' then
      params[name] = not option.default
   else
      params[name] = self:__read_value(option, arg[i + 1], written)
      return 2
   end
   return 1
end

-- Reads arg[i] as argument number n; returns how many that took.
function CmdLine:__readArgument__(params, arg, i, n)
   local argument, text = self.arguments[n], arg[i]
   if not argument or (text:match('^%-%a') and not tonumber(text)) then
      self:error(('unknown %s: %s'):format(text:match('^%-') and 'option' or 'argument', text))
   end
   local name = strip(argument.key)
   params[name] = self:__read_value(argument, text, '<' .. name .. '>')
   return 1
end

--- cmd:parse(arg) -> table: the values of all options and arguments, by name without dashes. A mistake prints the help
-- and ends the program.
function CmdLine:parse(arg)
   arg = arg or rawget(_G, 'arg') or {}
   local params = self:default()
   local i, narg = 1, 0
   while i <= #arg do
      local taken = self:__readOption__(params, arg, i)
      if not taken then
         narg = narg + 1
         taken = self:__readArgument__(params, arg, i, narg)
      end
      i = i + taken
   end
   if narg < #self.arguments then
      self:error(('missing argument: <%s>'):format(strip(self.arguments[narg + 1].key)))
   end
   return params
end

--- cmd:default() -> table: the defaults of all options.
function CmdLine:default()
   local params = {}
   for _, option in pairs(self.options) do
      if option ~= self.options['-help'] then params[strip(option.key)] = option.default end
   end
   return params
end

-- Naming runs --------------------------------------------------------------------------------------

--- cmd:string(prefix, params [, ignore]) -> string: a name for a run: prefix, then key=value of the arguments and of the
-- options that differ from their defaults, but those in the table ignore.
function CmdLine:string(prefix, params, ignore)
   ignore = ignore or {}
   local arguments, options = {}, {}
   for _, argument in ipairs(self.arguments) do
      local name = strip(argument.key)
      if params[name] ~= nil and not ignore[name] then
         arguments[#arguments + 1] = name .. self.keyseparator .. tostring(params[name])
      end
   end
   local names = {}
   for name in pairs(params) do names[#names + 1] = name end
   table.sort(names)
   for _, name in ipairs(names) do
      local value = params[name]
      local option = self.options['-' .. name] or self.options['--' .. name]
      if option and not ignore[name] and (value ~= option.default or ignore[name] == false) then
         local text = value
         if type(value) == 'boolean' then text = value and 't' or 'f' end
         options[#options + 1] = name .. self.keyseparator .. tostring(text)
         print(name, value, option.default)
      end
   end
   -- Arguments are always followed by a separator, as in Torch7: names of existing runs stay findable.
   local text = table.concat(options, self.argseparator)
   if #arguments > 0 then text = table.concat(arguments, self.argseparator) .. self.argseparator .. text end
   if text == '' then return prefix or '' end
   return (prefix or '') .. self.argseparator .. text
end

-- Logging ------------------------------------------------------------------------------------------

local function print_text(v)
   if type(v) == 'table' then
      local ok, printer = pcall(require, 'trepl.printer')
      local mt = getmetatable(v)
      if ok and not (type(mt) == 'table' and mt.__tostring) then return printer.format_table(v) end
   end
   return tostring(v)
end

--- cmd:log(file [, params]): from now on print writes to a file (or name of one) as well; params are written at its
-- head.
function CmdLine:log(file, params)
   local f, message = file, nil
   if io.type(file) ~= 'file' then
      f, message = io.open(file, 'w')
      if not f then error('torch.CmdLine: cannot write the log: ' .. message, 2) end
   end
   local plain = print
   function print(...)
      if not self.silentio then plain(...) end
      local texts = {}
      for i = 1, select('#', ...) do texts[i] = print_text((select(i, ...))) end
      if self.dateformat then
         f:write(('[%s%s] '):format(self.timename and self.timename .. ' ' or '', os.date(self.dateformat)))
      end
      f:write(table.concat(texts, '\t'), '\n')
      f:flush()  -- a log is most wanted after a crash
   end
   f:write('[program started on ', os.date(), ']\n[command line arguments]\n')
   local names = {}
   for name in pairs(params or {}) do names[#names + 1] = name end
   table.sort(names)
   for _, name in ipairs(names) do f:write(name, '\t', tostring(params[name]), '\n') end
   f:write('[', ('-'):rep(22), ']\n')
   f:flush()
end

--- cmd:addTime([name, format]): lines of the log start with a name and the time (format as for os.date).
function CmdLine:addTime(name, format)
   if name ~= nil and type(name) ~= 'string' or format ~= nil and type(format) ~= 'string' then
      error("torch.CmdLine: addTime takes a name and a date format, as in addTime('train', '%H:%M:%S')", 2)
   end
   self.timename = name
   self.dateformat = format or '%Y-%m-%d %H:%M:%S'
end

--- cmd:silent(): from now on print writes to the log only.
function CmdLine:silent()
   self.silentio = true
end

return CmdLine
