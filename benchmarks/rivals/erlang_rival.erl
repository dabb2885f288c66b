%% benchmarks/rivals/erlang_rival.erl - Erlang/OTP, answering some of the runtime's questions.
%%
%%   erl -noinput -pa FOLDER -run erlang_rival main PROGRAM NUMBER...
%%
%% The same logic as the other subjects: the programs of caf_rival.cpp, and those of savina/ with the
%% same names. Prints "value FIGURE" and "NAME FIGURE" lines, or "wrong SENTENCE" if its own check
%% failed. Time is taken inside, on Erlang's monotonic clock, so that starting the machine is no part.
-module(erlang_rival).
-export([main/1]).

main([Program | Numbers]) ->
    case run(Program, [list_to_integer(N) || N <- Numbers]) of
        wrong -> io:format("wrong ~s lost or repeated something~n", [Program]);
        {Value, Details} ->
            io:format("value ~.9e~n", [float(Value)]),
            [io:format("~s ~.9e~n", [Name, float(Detail)]) || {Name, Detail} <- Details]
    end,
    halt(0).

run("ring", [Actors, Hops]) -> ring(Actors, Hops);
run("fan_in", [Producers, Messages]) -> fan_in(Producers, Messages);
run("fan_out", [Sinks, Rounds]) -> fan_out(Sinks, Rounds);
run("big", [Nodes, Pings]) -> big(Nodes, Pings);
run("skynet", [Leaves]) -> skynet(Leaves);
run("ask_actor", [Questions]) -> ask_actor(Questions);
run("spawn", [Actors]) -> spawn_many(Actors);
run("idle_bytes", [Actors]) -> idle_bytes(Actors).

now_ns() -> erlang:monotonic_time(nanosecond).
per_second(Things, Ns) -> {1.0e9 * Things / Ns, []}.

%% Adds up what N processes report.
sum_up(0, Sum) -> Sum;
sum_up(N, Sum) -> receive {sum, Value} -> sum_up(N - 1, Sum + Value) end.

%% A count handed round; each knows how many came by.
ring(Actors, Hops) ->
    Me = self(),
    All = [First | Rest] = [spawn(fun() -> member(Me) end) || _ <- lists:seq(1, Actors)],
    lists:foreach(fun({P, Next}) -> P ! {next, Next} end, lists:zip(All, Rest ++ [First])),
    Begin = now_ns(),
    First ! Hops,
    receive done -> ok end,
    Spent = now_ns() - Begin,
    [P ! report || P <- All],
    case sum_up(Actors, 0) =:= Hops + 1 of true -> {Spent / Hops, []}; false -> wrong end.
member(Host) -> receive {next, Next} -> member(Host, Next, 0) end.
member(Host, Next, Count) ->
    receive
        0 -> Host ! done, member(Host, Next, Count + 1);
        Left when is_integer(Left) -> Next ! Left - 1, member(Host, Next, Count + 1);
        report -> Host ! {sum, Count}
    end.

%% support/fan_in_protocol.hpp: bursts of 1000, at most 10 unanswered.
fan_in(Producers, Messages) ->
    Me = self(),
    Each = Messages div Producers,
    Counter = spawn(fun() -> counter(Each * Producers, 0, Me) end),
    All = [spawn(fun() -> receive go -> producer(Counter, Each, 10) end end) ||
           _ <- lists:seq(1, Producers)],
    Begin = now_ns(),
    [P ! go || P <- All],
    Sum = receive {sum, Value} -> Value end,
    Spent = now_ns() - Begin,
    case Sum =:= Producers * fan_in_sum(Each) of
        true -> per_second(Each * Producers, Spent);
        false -> wrong
    end.
counter(0, Sum, Host) -> Host ! {sum, Sum};
counter(Left, Sum, Host) ->
    receive
        {ack, Sender} -> Sender ! ack, counter(Left - 1, Sum, Host);
        Value -> counter(Left - 1, Sum + Value, Host)
    end.
producer(_, 0, _) -> ok;
producer(Counter, Left, 0) -> receive ack -> producer(Counter, Left, 1) end;
producer(Counter, Left, Credit) ->
    Count = min(1000, Left),
    burst(Counter, 0, Count - 1),
    case Left > Count of
        true -> Counter ! {ack, self()};
        false -> Counter ! 0
    end,
    producer(Counter, Left - Count, Credit - 1).
burst(_, End, End) -> ok;
burst(Counter, I, End) -> Counter ! I, burst(Counter, I + 1, End).
fan_in_sum(0) -> 0;
fan_in_sum(Left) ->
    Count = min(1000, Left),
    (Count - 1) * (Count - 2) div 2 + fan_in_sum(Left - Count).

%% savina/fan_out.hpp
fan_out(Sinks, Rounds) ->
    Me = self(),
    All = [spawn(fun() -> counter(Rounds, 0, Me) end) || _ <- lists:seq(1, Sinks)],
    Begin = now_ns(),
    spawn(fun() -> source(All, Rounds) end),
    Sum = sum_up(Sinks, 0),
    Spent = now_ns() - Begin,
    case Sum =:= Sinks * (Rounds * (Rounds + 1) div 2) of
        true -> per_second(Sinks * Rounds, Spent);
        false -> wrong
    end.
source(_, 0) -> ok;
source(Sinks, Left) ->
    [P ! Left || P <- Sinks],
    self() ! round,
    receive round -> source(Sinks, Left - 1) end.

%% savina/big.hpp
big(Nodes, Pings) ->
    Me = self(),
    All = [spawn(fun() -> big_node(Me, I, Pings) end) || I <- lists:seq(1, Nodes)],
    Everybody = list_to_tuple(All),
    Begin = now_ns(),
    [P ! {all, Everybody} || P <- All],
    Answered = sum_up(Nodes, 0),
    Spent = now_ns() - Begin,
    case Answered =:= Nodes * Pings of
        true -> per_second(2 * Nodes * Pings, Spent);
        false -> wrong
    end.
big_node(Host, Number, Pings) ->
    receive {all, Everybody} -> ok end,
    big_node(Host, Everybody, Pings, 0, big_ping(Everybody, rand:seed_s(exsss, Number))).
big_node(Host, Everybody, Left, Answered, Random) ->
    receive
        {ping, From} ->
            From ! pong,
            big_node(Host, Everybody, Left, Answered, Random);
        pong when Left =:= 1 ->
            Host ! {sum, Answered + 1},
            big_node(Host, Everybody, 0, Answered + 1, Random);
        pong ->
            big_node(Host, Everybody, Left - 1, Answered + 1, big_ping(Everybody, Random))
    end.
big_ping(Everybody, Random) ->
    {Number, Next} = rand:uniform_s(tuple_size(Everybody), Random),
    element(Number, Everybody) ! {ping, self()},
    Next.

%% savina/skynet.hpp; the memory is the most this machine has ever had, less what it had before.
skynet(Leaves) ->
    Me = self(),
    Before = resident_bytes(<<"VmRSS:">>),
    Begin = now_ns(),
    spawn(fun() -> skynet(Me, 0, Leaves) end),
    Sum = receive {sum, Value} -> Value end,
    Spent = now_ns() - Begin,
    Peak = resident_bytes(<<"VmHWM:">>) - Before,
    case Sum =:= Leaves * (Leaves - 1) div 2 of
        true -> {Spent / 1.0e6, [{"peak_mb", Peak / 1.0e6}]};
        false -> wrong
    end.
skynet(Parent, First, 1) -> Parent ! {sum, First};
skynet(Parent, First, Leaves) ->
    Me = self(),
    Part = Leaves div 10,
    [spawn(fun() -> skynet(Me, First + I * Part, Part) end) || I <- lists:seq(0, 9)],
    Parent ! {sum, sum_up(10, 0)}.

%% A reference a question, as gen_server:call has it, without its monitor.
ask_actor(Questions) ->
    Echo = spawn(fun echo/0),
    Begin = now_ns(),
    Right = ask(Echo, 0, Questions),
    Spent = now_ns() - Begin,
    case Right of true -> {Spent / Questions, []}; false -> wrong end.
echo() -> receive {Question, From, Value} -> From ! {Question, Value + 1}, echo() end.
ask(_, End, End) -> true;
ask(Echo, I, End) ->
    Question = make_ref(),
    Echo ! {Question, self(), I},
    receive {Question, Answer} -> Answer =:= I + 1 andalso ask(Echo, I + 1, End) end.

spawn_many(Actors) ->
    Me = self(),
    Begin = now_ns(),
    All = [spawn(fun() -> idle(Me, 0) end) || _ <- lists:seq(1, Actors)],
    Spent = now_ns() - Begin,
    [P ! {touch, 1} || P <- All],
    case sum_up(Actors, 0) of Actors -> per_second(Actors, Spent); _ -> wrong end.

%% Each is touched before the next is made: messages under way are not what is measured.
idle_bytes(Actors) ->
    Me = self(),
    Before = resident_bytes(<<"VmRSS:">>),
    All = [begin
               P = spawn(fun() -> idle(Me, 0) end),
               P ! {touch, 1},
               receive {sum, 1} -> P end
           end || _ <- lists:seq(1, Actors)],
    After = resident_bytes(<<"VmRSS:">>),
    [P ! {touch, 1} || P <- All],  % All are still there, with what they were told before.
    case sum_up(Actors, 0) =:= 2 * Actors of
        true -> {(After - Before) / Actors, []};
        false -> wrong
    end.
idle(Host, Sum) ->
    receive {touch, By} -> Host ! {sum, Sum + By}, idle(Host, Sum + By) end.

resident_bytes(Name) ->
    {ok, File} = file:open("/proc/self/status", [read, raw, binary]),
    {ok, Text} = file:read(File, 65536),
    ok = file:close(File),
    [Line] = [L || L <- binary:split(Text, <<"\n">>, [global]), binary:match(L, Name) =:= {0, 6}],
    [_, KiB | _] = string:lexemes(binary_to_list(Line), " \t"),
    1024 * list_to_integer(KiB).
