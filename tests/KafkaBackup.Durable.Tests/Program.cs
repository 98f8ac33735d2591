using KafkaBackup.Durable.Tests.Crash;

if (Environment.GetEnvironmentVariable(CrashProbe.FolderVariable) is { } folder)
    return await CrashProbe.RunAsync(folder);

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, KafkaBackup.Durable.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
