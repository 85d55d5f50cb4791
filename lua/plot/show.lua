--- Where figures go: files, windows, notebooks, the terminal.
local program, script = require 'gnuplot.program', require 'plot.script'
local wrong = require('torch.arguments').error
local terminal = require 'sys.terminal'

local M = {}

local function write_text(figure, path)
   local f, why = io.open(path, 'w')
   if not f then wrong('plot.Figure:save', 1, 'file', '%s', why) end
   f:write(M.string(figure, {colour = false, width = 100}), '\n')
   f:close()
end

--- Writes a figure into a file; the ending of its name says of which kind.
function M.save(figure, path)
   if type(path) ~= 'string' then wrong('plot.Figure:save', 1, 'file', 'name of a file expected, got %s', torch.type(path)) end
   local ending = (path:match('%.(%w+)$') or ''):lower()
   if ending == 'txt' then return write_text(figure, path) end
   if not script.endings[ending] then wrong('plot.Figure:save', 1, 'file', 'name ending in .png, .svg, .pdf, .eps or .txt expected, got %s', path) end
   local f, why = io.open(path, 'ab') -- gnuplot would go on without a word
   if not f then wrong('plot.Figure:save', 1, 'file', '%s', why) end
   local size = f:seek('end')
   f:close()
   local ok, message = pcall(program.run, 'plot.Figure:save', script.file(figure, ending, path))
   if ok then return end
   if size == 0 then os.remove(path) end
   error(message, 0)
end

--- The bytes of the file of a kind, or nil where the program gnuplot is not there or draws none.
function M.bytes(figure, ending)
   if not program.installed() then return nil end
   local path = os.tmpname()
   local ok = pcall(program.run, 'plot.Figure:show', script.file(figure, ending, path))
   local f = ok and io.open(path, 'rb')
   local bytes = f and f:read('*a')
   if f then f:close() end
   os.remove(path)
   return bytes and #bytes > 0 and bytes or nil
end

--- The figure in letters.
function M.string(figure, given)
   given = given or {}
   local colour = given.colour
   if colour == nil then colour = terminal.shows(1) end
   local columns = given.width or terminal.isatty(1) and require('xlua.progress').columns() or 80
   return require 'plot.text'(figure, columns, given.height, colour, given.ascii)
end

local function as_picture(figure)
   local graphics = require 'plot.graphics'
   local protocol = graphics.protocol()
   local png = protocol and M.bytes(figure, 'png')
   return png and graphics.png(protocol, png)
end

--- Into the terminal, as a picture where that can be.
function M.print(figure)
   local notebook = package.loaded['jupyter.display']
   if notebook and notebook.active then return notebook.show(figure) end
   local picture = terminal.isatty(1) and as_picture(figure)
   io.write(picture or M.string(figure), '\n')
   io.flush()
end

local function has_display() return os.getenv('DISPLAY') or os.getenv('WAYLAND_DISPLAY') end

--- In a window where there is a display and gnuplot draws into windows, else as print.
function M.show(figure)
   local notebook = package.loaded['jupyter.display']
   if notebook and notebook.active or not has_display() or not program.installed() then return M.print(figure) end
   M.windows = (M.windows or 0) + (figure.window and 0 or 1)
   figure.window = figure.window or M.windows
   local w, h = script.size(figure)
   program.send('plot.Figure:show', ("reset\nif (GPVAL_TERM eq 'x11' || GPVAL_TERM eq 'wxt' || GPVAL_TERM eq 'qt') evaluate sprintf('set terminal %%s %d size %d,%d', GPVAL_TERM)\n")
      :format(figure.window, w, h) .. script.body(figure))
end

--- What a notebook shows.
function M.mime(figure)
   local bundle = {['text/plain'] = M.string(figure, {colour = false, width = 80})}
   bundle['image/svg+xml'] = M.bytes(figure, 'svg')
   if bundle['image/svg+xml'] and #bundle['image/svg+xml'] > 1e6 then
      bundle['image/svg+xml'], bundle['image/png'] = nil, M.bytes(figure, 'png')
   end
   return bundle
end

return M
