-- Sends requests that were written beforehand, each as often as it should be sent, and tells in JSON what came of them.
-- Arguments: the file (an 8-digit length before each request), how many to send, how many a second (0: as fast as
-- answers come), and "again" when the file starts over at its end.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } regulars_moment;
  int clock_gettime(int clock, regulars_moment *moment);
  int getpid(void);
  int kill(int process, int signal);
]]

local MONOTONIC, INTERRUPT, FOR_EVER, TARDY_SECONDS = 1, 2, 3600000, 0.05
local threads = {}

local function clock()
  local moment = ffi.new("regulars_moment")
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
  total, rate, again = tonumber(arguments[2]), tonumber(arguments[3]), arguments[4] == "again"
  handed, answered, refused, first, last, late, tardy = 0, 0, 0, 0, 0, 0, 0
end

-- wrk asks this before each request: whoever comes after the last one waits for ever.
function delay()
  handed = handed + 1
  if handed > total then return FOR_EVER end
  local now = clock()
  if first == 0 then first = now end
  if rate == 0 then return 0 end
  local wait = first + (handed - 1) / rate - now
  late = math.max(late, -wait)
  if wait < -TARDY_SECONDS then tardy = tardy + 1 end
  return math.max(0, wait * 1000)
end

function request()
  local length = file:read(8)
  if length == nil and again then
    file:seek("set", 0)
    length = file:read(8)
  end
  if length == nil then return wrk.format("GET", "/") end
  local one = file:read(tonumber(length))
  if handed == 0 then file:seek("set", 0) end -- wrk looks at one request before it begins
  return one
end

function response(status)
  answered, last = answered + 1, clock()
  if status < 200 or status > 299 then refused = refused + 1 end
  if answered == total then ffi.C.kill(ffi.C.getpid(), INTERRUPT) end
end

function done(summary, latency)
  local thread, errors = threads[1], summary.errors
  local seconds = thread:get("last") - thread:get("first")
  io.write(string.format(
    '{"answered": %d, "refused": %d, "broken": %d, "seconds": %f, "p50_us": %f, "p99_us": %f, "worst_us": %f, "late_s": %f, "tardy": %d}\n',
    thread:get("answered"), thread:get("refused"), errors.connect + errors.read + errors.write, seconds,
    latency:percentile(50), latency:percentile(99), latency.max, thread:get("late"), thread:get("tardy")))
end
