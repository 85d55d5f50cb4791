-- A trial of train.random or train.halving, in its process: reads what to do from a file and writes what came of it
-- beside.
return function(file)
   local job = torch.load(file, 'binary', {unsafe = true}) -- of our own program
   torch.setdefaulttensortype(job.tensortype)
   local ok, value = xpcall(function() return job.f(job.params, job.budget) end, debug.traceback)
   if ok and type(value) ~= 'number' then ok, value = false, 'run has to return a number, it returned a ' .. torch.type(value) end
   torch.save(file .. '.out', ok and {value = value} or {error = tostring(value)})
end
