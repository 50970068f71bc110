console.log("cord");
