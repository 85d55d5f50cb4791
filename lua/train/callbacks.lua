-- What train.fit calls after each epoch. Of several ranks (train/ranks.lua) all call it, and rank 0 writes.
local train = require 'train'
local checks = require 'train.fail'
local M = {}

-- The newest number that is looked at, and whether less of it is better.
local function watched(run, name, what)
   local entry = run.history[#run.history]
   name = name or (entry.validLoss and 'validLoss' or 'loss')
   if entry[name] == nil then checks.fail(what, "the history has no '%s'", name) end
   for _, metric in ipairs(run.metrics) do
      if metric.name == name then return entry[name], metric.better == 'max' end
   end
   return entry[name], false
end

local function better(value, best, more) return best == nil or (more and value > best) or (not more and value < best) end

--- train.best(file [, name='validLoss']) -> callback: saves the net when an entry of the history is better than ever
-- before: the loss in validation, or in training where there is none, or a metric by name. With ema the net is saved
-- with the average, and without dist.DataParallel. run.notes.best is the value.
function M.best(file, name)
   checks.check('best', 1, 'file', 'string', file)
   return {epoch = function(_, run)
      local value, more = watched(run, name, 'best')
      if not better(value, run.notes.best, more) then return end
      run.notes.best = value
      if run.ranks.rank > 0 then return end
      if run.average then run.average:swap(run.optimizer.params) end
      run.net:clearState()
      torch.save(file, torch.isTypeOf(run.net, 'dist.DataParallel') and run.net:get(1) or run.net)
      if run.average then run.average:swap(run.optimizer.params) end
   end}
end

--- train.earlyStopping{patience=3, name='validLoss', least=0} -> callback: ends training when an entry of the history
-- has not become better by more than `least` for more than `patience` epochs.
function M.earlyStopping(options)
   local o = checks.options('earlyStopping', {patience = 'number', name = 'string', least = 'number'}, options)
   return {epoch = function(_, run)
      local value, more = watched(run, o.name, 'earlyStopping')
      local note = run.notes.earlyStopping or {waited = 0}
      run.notes.earlyStopping = note
      if better(more and value - (o.least or 0) or value + (o.least or 0), note.best, more) then
         note.best, note.waited = value, 0
      else
         note.waited = note.waited + 1
         run.stop = note.waited > (o.patience or 3)
      end
   end}
end

local function sorted_names(entry)
   local names = {}
   for name, v in pairs(entry) do
      if type(v) == 'number' then names[#names + 1] = name end
   end
   table.sort(names)
   return names
end

--- train.logger(file) -> callback: writes each entry of the history to a file as a line of optim.Logger; the file
-- holds the whole run, resumed or not.
function M.logger(file)
   checks.check('logger', 1, 'file', 'string', file)
   return {epoch = function(_, run)
      if run.ranks.rank > 0 then return end
      require 'optim'
      local logger = optim.Logger(file)
      local names = sorted_names(run.history[#run.history])
      logger:setNames(names)
      for _, entry in ipairs(run.history) do
         local row = {}
         for k, name in ipairs(names) do row[k] = entry[name] or 0 / 0 end
         logger:add(row)
      end
      logger.file:close()
   end}
end

--- train.tensorboard(folder) -> callback: writes the numbers of the history to an event file in a folder, for
-- TensorBoard.
function M.tensorboard(folder)
   checks.check('tensorboard', 1, 'folder', 'string', folder)
   local events
   return {epoch = function(_, run)
      if run.ranks.rank > 0 then return end
      events = events or train.EventFile(folder)
      local entry = run.history[#run.history]
      for _, name in ipairs(sorted_names(entry)) do
         if name ~= 'epoch' then events:scalar(name, entry[name], run.step) end
      end
      events:flush()
   end}
end

-- Curves of entries of the history by their names.
local function draw(file, history, names)
   local figure = require('plot').figure{xlabel = 'epoch', grid = true}
   for _, name in ipairs(names) do
      local x, y = {}, {}
      for _, entry in ipairs(history) do
         if entry[name] then x[#x + 1], y[#y + 1] = entry.epoch, entry[name] end
      end
      if #x > 0 then figure:lines(x, y, {label = name, marker = 'o'}) end
   end
   figure:save(file)
end

--- train.plot(file [, names={'loss', 'validLoss'}]) -> callback: draws curves of the history to a picture (.png,
-- .svg, .pdf) after each epoch, by the package plot (.txt: in letters); where that cannot be done it says so once.
function M.plot(file, names)
   checks.check('plot', 1, 'file', 'string', file)
   checks.check('plot', 2, 'names', 'table|nil', names)
   local refused
   return {epoch = function(_, run)
      if refused or run.ranks.rank > 0 then return end
      local ok, why = pcall(draw, file, run.history, names or {'loss', 'validLoss'})
      if not ok then
         refused = true
         io.stderr:write('train.plot: no picture: ', tostring(why):match('[^\n]*'), '\n')
      end
   end}
end

return M
