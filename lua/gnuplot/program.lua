-- The program gnuplot. What it reads is a file or a pipe: the shell sees fixed commands and quoted names of files only.
local where = require('libtorch').where

local M = {}

local exe = 'gnuplot'
local live -- the pipe to the process that owns the windows

local function quoted(s) return "'" .. s:gsub("'", [['\'']]) .. "'" end

local function succeeds(command)
   local status = os.execute(command)
   return status == 0 or status == true
end

-- name: of a function of gnuplot, or of another package with its own name in front.
local function raise(name, message, ...)
   error(where() .. (name:find('.', 1, true) and name or 'gnuplot.' .. name) .. ': ' .. message:format(...), 0)
end

local function found() return succeeds('command -v ' .. quoted(exe) .. ' >/dev/null 2>&1') end

--- Is the program there?
M.installed = found

--- Takes another program than gnuplot: a name or path.
function M.choose(name) exe = name end

local function need(name)
   if found() then return end
   if exe ~= 'gnuplot' then raise(name, 'there is no program %s; gnuplot.setgnuplotexe names another', exe) end
   raise(name, "the program gnuplot, which draws, is not installed: it is in Debian's package gnuplot-nox (gnuplot-qt for windows)")
end

-- Runs f with the names of two temporary files, which are removed.
local function with_files(f)
   local input, messages = os.tmpname(), os.tmpname()
   local ok, err = pcall(f, input, messages)
   os.remove(input)
   os.remove(messages)
   if not ok then error(err, 0) end
end

local function contents(path)
   local file = assert(io.open(path))
   local text = file:read('*a')
   file:close()
   return text
end

-- What is to blame in gnuplot's words: they repeat the line and count lines of our script.
local function complaint(said)
   local last
   for line in said:gmatch('[^\n]+') do
      last = line:match('line %d+: (.+)$') or last
   end
   return last or said:gsub('%s+$', '')
end

--- Lets a process of its own draw what `text` says, and waits for it; errors of gnuplot are raised for the function `name`.
function M.run(name, text)
   need(name)
   with_files(function(input, messages)
      local file = assert(io.open(input, 'w'))
      file:write(text)
      file:close()
      if not succeeds(('%s %s 2>%s'):format(quoted(exe), quoted(input), quoted(messages))) then
         raise(name, 'gnuplot refuses: %s', complaint(contents(messages)))
      end
   end)
end

--- Sends `text` to the process that owns the windows, which stay when it ends.
function M.send(name, text)
   need(name)
   live = live or assert(io.popen(quoted(exe) .. ' -persist', 'w'))
   live:write(text)
   live:flush()
end

--- Ends that process.
function M.quit()
   if live then live:close() end
   live = nil
end

return M
