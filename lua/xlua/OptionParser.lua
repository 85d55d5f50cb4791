--- xlua.OptionParser: command line options in the style of Python's optparse.
--
--    op = xlua.OptionParser('%prog [options] file')
--    op:option{'-v', '--verbose', action = 'store_true', dest = 'verbose', help = 'say more'}
--    op:option{'-n', '--number', action = 'store', dest = 'n', default = 3, help = 'how many'}
--    opt, args = op:parse()
local OptionParser = {}
OptionParser.__index = OptionParser

local function new(usage)
   return setmetatable({usage = usage or '%prog [options]', list = {}}, OptionParser)
end

-- The running script: its name stands for %prog.
local function program()
   local arguments = rawget(_G, 'arg')
   return arguments and arguments[0] and arguments[0]:match('[^/]*$') or 'th'
end

--- Defines an option: its flags, then action ('store', 'store_true', 'store_false'), dest, default, help, req.
function OptionParser:option(def)
   if not def[1] then error("xlua.OptionParser: flags expected, as in op:option{'-n', '--number'}", 2) end
   def.action = def.action or 'store'
   def.dest = def.dest or def[#def]:gsub('^%-+', ''):gsub('%-', '_')
   self.list[#self.list + 1] = def
   return self
end

--- Prints a message and ends the program with status 1.
function OptionParser:fail(message)
   io.stderr:write(program(), ': ', message, '\n')
   self:help(io.stderr)
   os.exit(1)
end

function OptionParser:__find(flag)
   for _, def in ipairs(self.list) do
      for _, f in ipairs(def) do
         if f == flag then return def end
      end
   end
end

local function convert(text, default)
   if type(default) == 'number' then return tonumber(text) end
   return text
end

-- Reads the option at arg[i]; returns the index of the last argument it took.
function OptionParser:__read(options, arg, i)
   local flag, value = arg[i]:match('^(%-%-[^=]+)=(.*)$')
   flag = flag or arg[i]
   local def = self:__find(flag)
   if not def then
      if flag == '-h' or flag == '--help' then
         self:help()
         os.exit(0)
      end
      self:fail('unknown option ' .. flag)
   end
   if def.action == 'store_true' or def.action == 'store_false' then
      options[def.dest] = def.action == 'store_true'
      return i
   end
   if value == nil then
      i = i + 1
      value = arg[i]
   end
   if value == nil then self:fail('option ' .. flag .. ' needs a value') end
   options[def.dest] = convert(value, def.default)
   if options[def.dest] == nil then self:fail(("option %s needs a number, got '%s'"):format(flag, value)) end
   return i
end

--- Reads the script's arguments: a table of the options by dest, and the list of the rest.
-- options.__main__ is true when the parser is used by the script itself, not by a file it loads.
function OptionParser:parse(arguments)
   local arg = arguments or rawget(_G, 'arg') or {}
   local options, rest = {}, {}
   for _, def in ipairs(self.list) do options[def.dest] = def.default end
   local info = debug.getinfo(2, 'S')
   local script = (rawget(_G, 'arg') or {})[0]
   options.__main__ = info ~= nil and script ~= nil and info.source == '@' .. script
   local i = 1
   while i <= #arg do
      if arg[i] == '--' then
         for j = i + 1, #arg do rest[#rest + 1] = arg[j] end
         break
      elseif arg[i]:match('^%-%-?%a') then
         i = self:__read(options, arg, i)
      else
         rest[#rest + 1] = arg[i]
      end
      i = i + 1
   end
   for _, def in ipairs(self.list) do
      if def.req and options[def.dest] == nil then self:fail('option ' .. self.flags(def) .. ' is required') end
   end
   self.options = options
   return options, rest
end

--- Flags of an option as text: '-n, --number'.
function OptionParser.flags(def)
   return table.concat(def, ', ')
end

--- Prints usage and options.
function OptionParser:help(out)
   out = out or io.stdout
   out:write('Usage: ', (self.usage:gsub('%%prog', (program():gsub('%%', '%%%%')))), '\n\nOptions:\n')
   local width = #'-h, --help'
   local function left(def)
      return self.flags(def) .. (def.action == 'store' and ' ' .. def.dest:upper() or '')
   end
   for _, def in ipairs(self.list) do width = math.max(width, #left(def)) end
   local format = '  %-' .. width + 2 .. 's%s\n'
   for _, def in ipairs(self.list) do
      local default = def.default ~= nil and (' [%s]'):format(tostring(def.default)) or def.req and ' [required]' or ''
      out:write(format:format(left(def), (def.help or '') .. default))
   end
   out:write(format:format('-h, --help', 'show this text'))
end

--- A text of the options that differ from their default, for naming files: 'lr=0.1,n=5'.
function OptionParser:tostring(generatefilename, params)
   local parts = {}
   params = params or self.options or {}
   for _, def in ipairs(self.list) do
      local value = params[def.dest]
      if value ~= nil and (value ~= def.default or not generatefilename) then
         parts[#parts + 1] = def.dest .. '=' .. tostring(value)
      end
   end
   table.sort(parts)
   return table.concat(parts, generatefilename and ',' or '\n')
end

--- Prints the values of all options.
function OptionParser:summarize()
   io.write(self:tostring(false), '\n')
end

return new
